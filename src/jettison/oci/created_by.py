"""What builders write into an image's history, as the instructions that it came from.

Sources: BuildKit, ``frontend/dockerfile/dockerfile2llb/convert.go`` (``commitToHistory``,
``dispatchRun``) and ``solver/llbsolver/ops/exec.go``; moby, ``builder/dockerfile/dispatchers.go``
and ``internals.go``; buildah, ``imagebuildah/stage_executor.go`` (``getCreatedBy``); kaniko,
``pkg/executor/build.go``; nixpkgs, ``stream_layered_image.py``.
"""

from __future__ import annotations

import json
import re

from jettison.record import record

_SHELL = (
    r"(?:(?:\S*/)?(?:ba|da|a|z|k)?sh(?: (?:[-+][A-Za-z]*o [a-z]+|--?[A-Za-z][\w-]*))*? -[A-Za-z]*c"
    r"|cmd(?:\.exe)? /S /C|(?:powershell|pwsh)(?:\.exe)?(?: -\w+(?: Bypass)?)*? -Command)"
)
_SHELL_FIRST = re.compile(rf"{_SHELL} ")
_SHELL_AFTER_ARGUMENTS = re.compile(rf"(?<= ){_SHELL} ")
_NOP = re.compile(r"[^\n]{0,300}?#\(nop\)\s+(?=[A-Z])")
_ARGUMENTS = re.compile(r"\|(\d{1,4}) ")
_KEYWORD = re.compile(
    r"(ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER"
    r"|VOLUME|(?i:ADD|COPY|RUN|WORKDIR))(?:\s+|$)"
)
_FROM_EXEC = re.compile(r"mount / from exec ")
_NO_INSTRUCTION = re.compile(
    r"#|(?:bazel|ko (?:build|publish|resolve|apply)|crane|apko|nix|jib\S*|rules_oci|melange)\b"
    r"|Buildpacks |Layer: |Application |Software Bill-of-Materials|pulled from |merge "
)
_BUILDER_COMMENT = re.compile(r"(?:buildkit\.|FROM )")
_PIPE = re.compile(r"/dev/pipes/(\S+)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_LIST = re.compile(r"\[(.*)\]")
_MAP = re.compile(r"map\[(.*)\]")
_HEALTH = re.compile(r"&\{\[(.*)\] (.*)\}")
_TIMES = ("interval", "timeout", "start-period", "start-interval")


@record
class Told:
    """A step in a builder's words.

    ``keyword`` is upper case and ``""`` for what is no instruction. The operands of RUN still
    have build arguments, shell and flags in front; see :func:`command_of`.
    """

    keyword: str
    operands: str


def told(created_by: str) -> Told:
    """What ``created_by`` tells.

    The classic builder writes ``/bin/sh -c #(nop)  CMD ["sh"]`` (with the shell in force) and
    ``/bin/sh -c make``, buildah the same with ``/bin/sh`` always; BuildKit ``RUN /bin/sh -c make
    # buildkit``, kaniko the instruction as it stands. A command without a shell is a RUN in exec
    form of the classic builder, or else the words of a tool that knows no Dockerfile.
    """
    text = created_by.strip(" ").removesuffix("# buildkit").strip(" ")
    if match := _NOP.match(text):
        text = text[match.end() :].strip()
    elif _NO_INSTRUCTION.match(text):
        return Told("", text.strip())
    if match := _KEYWORD.match(text):
        operands = text[match.end() :]
        return Told(match[1].upper(), operands if match[1] == "RUN" else operands.strip())
    if match := _FROM_EXEC.match(text):
        return Told("RUN", text[match.end() :])
    return Told("RUN" if text else "", text)


def command_of(operands: str, shell: str = "") -> str:
    """The command of a RUN's operands, without build arguments and shell.

    Builders write ``|2 A=1 B=x y /bin/sh -c …`` for build arguments; as values may have spaces
    in them, the command begins after the first shell. ``shell`` is the one in force where that is
    known. Without any shell only arguments whose values have no spaces are told apart.
    """
    arguments = _ARGUMENTS.match(operands)
    if arguments is None:
        if shell and operands.startswith(f"{shell} "):
            return operands[len(shell) + 1 :]
        match = _SHELL_FIRST.match(operands)
        return operands[match.end() :] if match else operands
    ends = []
    if shell and (at := operands.find(f" {shell} ")) >= 0:
        ends.append((at + 1, at + len(shell) + 2))
    if match := _SHELL_AFTER_ARGUMENTS.search(operands):
        ends.append(match.span())
    if ends:
        return operands[min(ends)[1] :]
    return operands[arguments.end() :].split(" ", int(arguments[1]))[-1]


def are_arguments(text: str) -> bool:
    """Whether a RUN's operands so far are build arguments and no shell."""
    return bool(_ARGUMENTS.match(text)) and not _SHELL_AFTER_ARGUMENTS.search(f"{text} ")


def instruction_of(created_by: str, comment: str = "", shell: str = "") -> str:
    """A history's step as the instruction it came from, as it stands in a Dockerfile.

    Where it came from none, it is the tool's own words, which some put into the comment. A script
    gets back its here-document, whose name the history does not tell.
    """
    step = told(created_by)
    if step.keyword == "RUN":
        return f"RUN {_script(command_of(step.operands, shell))}"
    if step.keyword:
        return f"{step.keyword} {_operands(step)}".rstrip()
    if not _BUILDER_COMMENT.match(comment) and (not step.operands or step.operands[0] != "#"):
        return " ".join(each for each in (step.operands, _in_brackets(step, comment)) if each)
    return step.operands


def _in_brackets(step: Told, comment: str) -> str:
    return f"({comment})" if step.operands and comment else comment


def _script(command: str) -> str:
    if match := _PIPE.fullmatch(command.strip()):
        return f"<<{match[1]}"
    if not command.endswith("\n"):
        return command.strip()
    name = "EOF"
    while name in command.splitlines():
        name += "_"
    return f"<<{name}\n{command}{name}"


def _operands(step: Told) -> str:
    """The operands in a Dockerfile's spelling, where Go's spelling of a value was written."""
    text = step.operands
    match step.keyword:
        case "CMD" | "ENTRYPOINT" if _LIST.fullmatch(text):
            return f"[{', '.join(_QUOTED.findall(text))}]"
        case "SHELL" if (found := _LIST.fullmatch(text)) and '"' not in text:
            return json.dumps(found[1].split())
        case "VOLUME" if (found := _LIST.fullmatch(text)) and '"' not in text:
            return found[1]
        case "EXPOSE" if found := _MAP.fullmatch(text) or _LIST.fullmatch(text):
            return " ".join(port.removesuffix(":{}") for port in found[1].split())
        case "HEALTHCHECK" if found := _HEALTH.fullmatch(text):
            return _healthcheck(found[1], found[2])
    return text


def _healthcheck(test: str, rest: str) -> str:
    words = [json.loads(word) for word in _QUOTED.findall(test) if "\\x" not in word]
    if words == ["NONE"]:
        return "NONE"
    times = zip(_TIMES, _QUOTED.findall(rest), strict=False)
    flags = [f"--{name}={time[1:-1]}" for name, time in times if time != '"0s"']
    shell = words[:1] == ["CMD-SHELL"]
    command = " ".join(words[1:]) if shell else json.dumps(words[1:])
    return " ".join([*flags, "CMD", command])
