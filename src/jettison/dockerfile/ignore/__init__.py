"""What ``.dockerignore`` keeps from the builder, decided as the engines decide it."""

from jettison.dockerfile.ignore.file import (
    Decision,
    IgnoreFile,
    IgnoreProblem,
    Inherited,
    Pattern,
    find_ignore_file,
)

__all__ = ["Decision", "IgnoreFile", "IgnoreProblem", "Inherited", "Pattern", "find_ignore_file"]
