"""The exceptions raised on purpose.

::

    JettisonError                 what a caller catches; carries a remedy and an exit code
    ├── UsageError                the request itself makes no sense
    ├── ProjectError              the project lacks something (no Dockerfile, dirty git tree)
    ├── SourceError               a file's text is wrong, at a known place
    │   ├── DockerfileError
    │   └── ComposeError
    ├── EditConflict              two edits want the same text
    ├── ImageError                an image's bytes are not what its format promises
    │   ├── InvalidReference      ┐
    │   ├── MalformedImage        │
    │   │   ├── MalformedLayer    │
    │   │   │   └── LimitExceeded │ see jettison.oci.errors
    │   │   └── DigestMismatch    │
    │   ├── PlatformNotFound      │
    │   ├── MissingBlob           │
    │   ├── FolderIncomplete      │
    │   └── RegistryError         │
    │       └── RegistryDenied    ┘
    ├── EngineError               an engine said no
    │   ├── EngineNotFound        there is no engine to ask
    │   └── BuildFailed           the engine could not build an image
    └── Interrupted               Ctrl-C, after everything that was started has been stopped
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script learns from the process's exit."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    PROJECT = 3
    SOURCE = 4
    ENGINE_MISSING = 5
    BUILD_FAILED = 6
    TRIAL_FAILED = 7
    UNCOMPARED = 8
    INTERRUPTED = 130


class JettisonError(Exception):
    """Something went wrong that a person can act on.

    ``str(error)`` is the one-line message; ``remedy`` is the next thing to try, or ``None``;
    ``details`` is text to show below the message (a caret frame, a log's end), or ``None``.
    """

    exit_code: ExitCode = ExitCode.FAILURE

    def __init__(
        self, message: str, *, remedy: str | None = None, details: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.details = details


class UsageError(JettisonError):
    """The request itself makes no sense."""

    exit_code = ExitCode.USAGE


class ProjectError(JettisonError):
    """The project lacks something that the request needs."""

    exit_code = ExitCode.PROJECT


class SourceError(JettisonError):
    """A file's text is wrong at a known place.

    ``line`` and ``column`` count from 1; ``str(error)`` starts with ``file:line:column:``.
    """

    exit_code = ExitCode.SOURCE

    def __init__(
        self,
        message: str,
        *,
        file: str,
        line: int,
        column: int = 1,
        remedy: str | None = None,
        details: str | None = None,
    ) -> None:
        super().__init__(f"{file}:{line}:{column}: {message}", remedy=remedy, details=details)
        self.reason = message
        self.file = file
        self.line = line
        self.column = column


class DockerfileError(SourceError):
    """A Dockerfile that no engine would build."""


class ComposeError(SourceError):
    """A Compose file that no engine would launch."""


class EditConflict(JettisonError):
    """Two edits want the same text."""


class ImageError(JettisonError):
    """An image's bytes are not what its format promises."""


class EngineError(JettisonError):
    """An engine said no."""


class EngineNotFound(EngineError):
    """There is no engine to ask."""

    exit_code = ExitCode.ENGINE_MISSING


class BuildFailed(EngineError):
    """The engine could not build an image; ``details`` is the end of the build's log.

    ``step`` is the instruction that failed, ``line`` (from 1) its place in the Dockerfile, where
    the builder says so: ``""`` and 0 where it does not.
    """

    exit_code = ExitCode.BUILD_FAILED

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        details: str | None = None,
        step: str = "",
        line: int = 0,
    ) -> None:
        super().__init__(message, remedy=remedy, details=details)
        self.step = step
        self.line = line


class Interrupted(JettisonError):
    """Ctrl-C, after everything that was started has been stopped."""

    exit_code = ExitCode.INTERRUPTED
