"""What the lab raises on purpose.

LabError
├── CommandFailed   a program that the lab started failed
└── Missing         the machine lacks something that only its owner can give (exit code 5)
"""


class LabError(Exception):
    """A failure with a message for people; `exit_code` is what the process ends with."""

    exit_code = 1


class CommandFailed(LabError):
    """A program ended with a code other than 0."""


class Missing(LabError):
    """Something is missing that the lab cannot get by itself; the message says how to get it."""

    exit_code = 5
