"""Plan new files, write them whole or not at all, and undo."""

from jettison.plan.assemble import make_plan
from jettison.plan.model import Plan, PlannedFile, Resolver
from jettison.plan.tree import apply_plan, copy_tree, undo, write_atomically

__all__ = [
    "Plan",
    "PlannedFile",
    "Resolver",
    "apply_plan",
    "copy_tree",
    "make_plan",
    "undo",
    "write_atomically",
]
