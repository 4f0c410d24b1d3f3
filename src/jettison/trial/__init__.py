"""Launch a stack, wait for health, probe, measure, and compare two stacks."""

from jettison.trial.interrupts import termination_as_interrupt
from jettison.trial.model import (
    Answer,
    BuildMeasure,
    Probe,
    Progress,
    ServiceMeasure,
    Side,
    Trial,
    TrialRequest,
)
from jettison.trial.run import remove_trial_images, run_trial

__all__ = [
    "Answer",
    "BuildMeasure",
    "Probe",
    "Progress",
    "ServiceMeasure",
    "Side",
    "Trial",
    "TrialRequest",
    "remove_trial_images",
    "run_trial",
    "termination_as_interrupt",
]
