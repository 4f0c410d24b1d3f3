"""The instructions of a Dockerfile, one frozen type each.

Operands are as written: variables are not replaced and quotes not removed; see ``states`` for
that. Spans count characters of the file and cover continuations that lie within.

Source: Dockerfile reference; BuildKit, ``frontend/dockerfile/instructions``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.dockerfile.heredocs import heredoc_word
from jettison.record import record

if TYPE_CHECKING:
    from jettison.dockerfile.heredocs import Heredoc
    from jettison.dockerfile.logical import LogicalText
    from jettison.source import Span

__all__ = [
    "Add",
    "Arg",
    "ArgPair",
    "Cmd",
    "CommandInstruction",
    "Copy",
    "Entrypoint",
    "Env",
    "Expose",
    "FileInstruction",
    "Flag",
    "From",
    "Healthcheck",
    "Instruction",
    "Label",
    "Maintainer",
    "Mount",
    "Onbuild",
    "Pair",
    "Run",
    "Shell",
    "Stopsignal",
    "User",
    "Volume",
    "Workdir",
]


@record
class Flag:
    """``--name=value``; ``value`` is ``None`` where there is no ``=``, its quotes are removed."""

    name: str
    value: str | None
    span: Span


@record
class Pair:
    """``key=value`` of ENV or LABEL, quotes still in it; ``span`` covers both."""

    key: str
    value: str
    span: Span


@record
class ArgPair:
    """``name`` or ``name=default`` of ARG; ``value`` is ``None`` where there is no default."""

    key: str
    value: str | None
    span: Span


@record
class Mount:
    """``--mount`` of RUN; text fields are ``None`` where they are not given.

    ``readonly`` is what the type implies where nothing is said (bind, secret and ssh: yes).
    ``fields`` are all fields in the order written, ``None`` where there is no ``=``.
    """

    type: str
    from_: str | None
    source: str | None
    target: str | None
    id: str | None
    sharing: str | None
    readonly: bool
    required: bool
    env: str | None
    mode: str | None
    uid: str | None
    gid: str | None
    size: str | None
    fields: tuple[tuple[str, str | None], ...]
    span: Span


@record(kw_only=True)
class Instruction:
    """What every instruction has.

    ``keyword`` is upper case. ``span`` runs from the keyword through continuations and
    here-documents, without the last line end. ``line`` counts from 1. ``comments`` are the lines
    of the comment right above, without ``#``, and ``comment_spans`` where they are. ``stage`` is
    the number of its stage, ``None`` before the first FROM. ``logical`` is its text with
    continuations joined, and ``keyword_span`` and ``operands_span`` are the parts of it.
    """

    keyword: str
    span: Span
    line: int
    flags: tuple[Flag, ...]
    comments: tuple[str, ...]
    comment_spans: tuple[Span, ...]
    stage: int | None
    logical: LogicalText
    keyword_span: Span
    operands_span: Span

    def flag(self, name: str) -> Flag | None:
        """The first flag of that name, or ``None``."""
        for flag in self.flags:
            if flag.name == name:
                return flag
        return None


@record(kw_only=True)
class From(Instruction):
    """``FROM [--platform=P] image [AS alias]``."""

    image: str
    image_span: Span
    platform: str | None
    alias: str | None
    alias_span: Span | None


@record(kw_only=True)
class CommandInstruction(Instruction):
    """A command in shell form or in exec form.

    ``argv`` is ``None`` in shell form; in exec form it is the JSON array's strings, whose places
    are ``argv_spans``. ``command`` is the operands' text with continuations joined.
    """

    command: str
    command_text: LogicalText
    command_span: Span
    argv: tuple[str, ...] | None
    argv_spans: tuple[Span, ...]

    def source_offset(self, index: int) -> int:
        """Where in the file character ``index`` of ``command`` is."""
        return self.command_text.source_offset(index)

    def source_span(self, start: int, end: int) -> Span:
        """The file's span of ``command[start:end]``, with continuations that lie within."""
        return self.command_text.span(start, end)


@record(kw_only=True)
class Run(CommandInstruction):
    """``RUN [flags] command``, ``RUN [flags] ["argv", ...]`` or ``RUN [flags] <<NAME``."""

    mounts: tuple[Mount, ...]
    network: str | None
    security: str | None
    devices: tuple[str, ...]
    heredocs: tuple[Heredoc, ...]

    @property
    def script(self) -> Heredoc | None:
        """The here-document that is the whole script: the command is ``<<NAME`` and no more.

        The shell gets its text, or it is run as a program where it begins with ``#!``.
        """
        alone = bool(self.heredocs) and heredoc_word(self.command) is not None
        return self.heredocs[0] if alone else None


@record(kw_only=True)
class Cmd(CommandInstruction):
    """``CMD command`` or ``CMD ["argv", ...]``."""


@record(kw_only=True)
class Entrypoint(CommandInstruction):
    """``ENTRYPOINT command`` or ``ENTRYPOINT ["argv", ...]``."""


@record(kw_only=True)
class Healthcheck(CommandInstruction):
    """``HEALTHCHECK [flags] CMD command`` or ``HEALTHCHECK NONE`` (``disabled``)."""

    disabled: bool
    interval: str | None
    timeout: str | None
    start_period: str | None
    start_interval: str | None
    retries: str | None


@record(kw_only=True)
class FileInstruction(Instruction):
    """COPY or ADD: ``sources`` without here-documents, then the ``destination``.

    ``json`` says that the operands are a JSON array, the only form that allows blanks in them.
    """

    sources: tuple[str, ...]
    source_spans: tuple[Span, ...]
    destination: str
    destination_span: Span
    json: bool
    chown: str | None
    chmod: str | None
    link: bool
    exclude: tuple[str, ...]
    heredocs: tuple[Heredoc, ...]


@record(kw_only=True)
class Copy(FileInstruction):
    """``COPY [flags] source... destination``."""

    from_: str | None
    parents: bool


@record(kw_only=True)
class Add(FileInstruction):
    """``ADD [flags] source... destination``.

    ``keep_git_dir`` and ``unpack`` are ``None`` where nothing is said.
    """

    checksum: str | None
    keep_git_dir: bool | None
    unpack: bool | None


@record(kw_only=True)
class Env(Instruction):
    """``ENV key=value...`` or the old ``ENV key value`` (``old_form``)."""

    pairs: tuple[Pair, ...]
    old_form: bool


@record(kw_only=True)
class Label(Instruction):
    """``LABEL key=value...`` or the old ``LABEL key value`` (``old_form``)."""

    pairs: tuple[Pair, ...]
    old_form: bool


@record(kw_only=True)
class Arg(Instruction):
    """``ARG name[=default]...``."""

    pairs: tuple[ArgPair, ...]


@record(kw_only=True)
class Expose(Instruction):
    """``EXPOSE port[/protocol]...``."""

    ports: tuple[str, ...]
    port_spans: tuple[Span, ...]


@record(kw_only=True)
class User(Instruction):
    """``USER user[:group]``."""

    user: str


@record(kw_only=True)
class Workdir(Instruction):
    """``WORKDIR path``."""

    path: str


@record(kw_only=True)
class Volume(Instruction):
    """``VOLUME path...`` or ``VOLUME ["path", ...]``."""

    paths: tuple[str, ...]
    path_spans: tuple[Span, ...]


@record(kw_only=True)
class Onbuild(Instruction):
    """``ONBUILD instruction``: what a build that starts from the image does first."""

    instruction: Instruction


@record(kw_only=True)
class Shell(Instruction):
    """``SHELL ["program", "argument", ...]``."""

    argv: tuple[str, ...]


@record(kw_only=True)
class Stopsignal(Instruction):
    """``STOPSIGNAL signal``."""

    signal: str


@record(kw_only=True)
class Maintainer(Instruction):
    """``MAINTAINER name``, which is deprecated."""

    name: str
