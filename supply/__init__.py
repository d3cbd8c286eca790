"""What the wheel and the npm package contain of others, and what is checked about it."""
