"""The failure of an artefact."""


class UseError(Exception):
    """An artefact cannot be installed, or does not do what it must."""
