"""The planner's fixpoint, contracts, apply and undo."""

from jettison.changes.model import Plan, Policy, Suppressed
from jettison.changes.planner import plan

__all__ = ["Plan", "Policy", "Suppressed", "plan"]
