"""Order fixes, write new files, diff, apply and undo."""

from jettison.plan.assemble import make_plan
from jettison.plan.model import Plan, PlannedFile, Resolver
from jettison.plan.tree import apply_plan, copy_tree, diff_plan, undo, write_atomically

__all__ = [
    "Plan",
    "PlannedFile",
    "Resolver",
    "apply_plan",
    "copy_tree",
    "diff_plan",
    "make_plan",
    "undo",
    "write_atomically",
]
