"""Launch a stack beside anything else, ask it, measure it, and compare two stacks."""

from jettison.trial.interrupts import termination_as_interrupt
from jettison.trial.labels import RUN_LABEL, STAND_IN_LABEL, new_run_id
from jettison.trial.leftovers import clean_leftovers, remove_trial_images, run_folder
from jettison.trial.model import (
    Answer,
    BuildMeasure,
    Probe,
    Progress,
    ServiceMeasure,
    Side,
    Trial,
)
from jettison.trial.outcomes import (
    Attempt,
    Differs,
    Observation,
    Passed,
    Row,
    TrialSettings,
    Unbuildable,
    Unhealthy,
)

__all__ = [
    "RUN_LABEL",
    "STAND_IN_LABEL",
    "Answer",
    "Attempt",
    "BuildMeasure",
    "Differs",
    "Observation",
    "Passed",
    "Probe",
    "Progress",
    "Row",
    "ServiceMeasure",
    "Side",
    "Trial",
    "TrialSettings",
    "Unbuildable",
    "Unhealthy",
    "clean_leftovers",
    "new_run_id",
    "remove_trial_images",
    "run_folder",
    "termination_as_interrupt",
]
