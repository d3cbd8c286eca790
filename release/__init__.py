"""What is published: built, tried and sent to the registries. RELEASING.md has the steps."""
