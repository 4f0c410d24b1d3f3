"""Throws the dead weight out of a project's container images and proves that nothing broke."""

__version__ = "0.1.0"
