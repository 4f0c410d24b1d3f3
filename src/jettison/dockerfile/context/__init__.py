"""What goes to the builder, and which of it a COPY or ADD takes."""

from jettison.dockerfile.context.copies import copy_sources, missing_sources
from jettison.dockerfile.context.model import (
    Context,
    ContextFile,
    ContextProblem,
    Excluded,
    Kind,
)
from jettison.dockerfile.context.walk import by_folder, read_context, weigh

__all__ = [
    "Context",
    "ContextFile",
    "ContextProblem",
    "Excluded",
    "Kind",
    "by_folder",
    "copy_sources",
    "missing_sources",
    "read_context",
    "weigh",
]
