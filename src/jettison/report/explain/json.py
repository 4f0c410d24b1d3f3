"""An explained Dockerfile as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, assert_never

from jettison.analysis.context.explain import ContextTake, InlineTake, RemoteTake, StageTake

if TYPE_CHECKING:
    from jettison.analysis.context.explain import (
        Ending,
        ExplainedInstruction,
        ExplainedStage,
        Explanation,
        Take,
    )
    from jettison.dockerfile import Healthcheck

__all__ = ["SCHEMA_VERSION", "explanation_to_json"]

SCHEMA_VERSION = 1


def explanation_to_json(explanation: Explanation) -> str:
    """The explanation as one JSON object, ASCII only; bytes of a name that are not UTF-8 stand as
    lone surrogates (PEP 383).

    Lines count from 1, sizes are bytes uncompressed, ``null`` stands for what is not known or not
    there. The keys::

        schema        1; it grows when a key changes its meaning
        dockerfile    its name
        syntax        the image of the syntax directive, or null
        escape        the escape character
        target        {index, name}: the stage that is asked for
        build_args    {name: value} as given
        context       {path, ignore_file, files, bytes}, or null
        global_args   instructions (see below) before the first FROM
        stages        in the order of the file:
          index, name, line, last_line
          base          {image, stage}: the image's name, or the number of the stage
          platform      FROM's, variables replaced
          built, target whether the target needs it, whether it is the target
          needs         [{line, keyword, name, stage}]; stage is null for an image
          instructions  [{line, last_line, keyword, text, triggered, values, takes}]
            text          with continuations joined, without here-documents
            triggered     whether the base stage's ONBUILD caused it
            values        [{name, value, assumed, by_shell}]; value is null where not set here
            takes         what comes from elsewhere, told apart by kind:
              context       {sources, exclude, parents, mounted, files, bytes, biggest, unmatched}
                            with biggest [{path, bytes}], unmatched [{source, stops_build,
                            pattern, pattern_line}]
              stage         {name, stage, sources, mounted}; stage is null for an image
              remote        {sources}
              inline        {names, bytes}
          settings      at its end: base_image, inherited (names of settings that are the image's
                        own and therefore null), user, workdir, shell, entrypoint, cmd,
                        healthcheck {disabled, argv, command, interval, timeout, start_period,
                        start_interval, retries}, stop_signal, env, args, labels, exposed, volumes;
                        null for a stage that is not built and would fail
        warnings      [{line, message}]; line is null for the whole file
    """
    return json.dumps(_document(explanation), indent=2) + "\n"


def _document(explanation: Explanation) -> dict[str, Any]:
    directives = explanation.dockerfile.directives
    return {
        "schema": SCHEMA_VERSION,
        "dockerfile": explanation.dockerfile.source.name,
        "syntax": directives.syntax,
        "escape": directives.escape,
        "target": {"index": explanation.target.index, "name": explanation.target.name},
        "build_args": dict(explanation.build_args),
        "context": _context(explanation),
        "global_args": [_instruction(one) for one in explanation.global_args],
        "stages": [_stage(explanation, one) for one in explanation.stages],
        "warnings": [{"line": one.line, "message": one.message} for one in explanation.notices],
    }


def _context(explanation: Explanation) -> dict[str, Any] | None:
    context = explanation.context
    if context is None:
        return None
    return {
        "path": explanation.context_name,
        "ignore_file": explanation.ignore_name,
        "files": sum(file.kind.value != "dir" for file in context.files),
        "bytes": context.size,
    }


def _stage(explanation: Explanation, one: ExplainedStage) -> dict[str, Any]:
    stage = one.stage
    image = stage.base_name if stage.base_stage is None else None
    return {
        "index": stage.index,
        "name": stage.name,
        "line": one.line,
        "last_line": one.last_line,
        "base": {"image": image, "stage": stage.base_stage},
        "platform": stage.platform_name,
        "built": one.built,
        "target": stage.index == explanation.target.index,
        "needs": [
            {"line": need.line, "keyword": need.keyword, "name": need.name, "stage": need.stage}
            for need in one.needs
        ],
        "instructions": [_instruction(shown) for shown in one.instructions],
        "settings": None if one.ending is None else _settings(one.ending),
    }


def _instruction(shown: ExplainedInstruction) -> dict[str, Any]:
    return {
        "line": shown.line,
        "last_line": shown.last_line,
        "keyword": shown.instruction.keyword,
        "text": shown.instruction.logical.text,
        "triggered": shown.triggered,
        "values": [
            {
                "name": value.name,
                "value": value.value,
                "assumed": value.assumed,
                "by_shell": value.by_shell,
            }
            for value in shown.values
        ],
        "takes": [_take(take) for take in shown.takes],
    }


def _take(take: Take) -> dict[str, Any]:
    match take:
        case ContextTake():
            return {
                "kind": "context",
                "sources": list(take.wanted.sources),
                "exclude": list(take.wanted.exclude),
                "parents": take.wanted.parents,
                "mounted": take.wanted.mounted,
                "files": take.files,
                "bytes": take.size,
                "biggest": [{"path": one.path, "bytes": one.size} for one in take.biggest],
                "unmatched": [
                    {
                        "source": one.source,
                        "stops_build": one.stops,
                        "pattern": one.pattern.text if one.pattern else None,
                        "pattern_line": one.pattern.line if one.pattern else None,
                    }
                    for one in take.unmatched
                ],
            }
        case StageTake():
            return {
                "kind": "stage",
                "name": take.name,
                "stage": take.stage,
                "sources": list(take.sources),
                "mounted": take.mounted,
            }
        case RemoteTake():
            return {"kind": "remote", "sources": list(take.sources)}
        case InlineTake():
            return {"kind": "inline", "names": list(take.names), "bytes": take.size}
        case _:
            assert_never(take)


def _settings(ending: Ending) -> dict[str, Any]:
    state = ending.state
    of_keyword = {
        "user": ("USER", state.user or "root"),
        "workdir": ("WORKDIR", state.workdir),
        "shell": ("SHELL", list(state.shell)),
        "entrypoint": ("ENTRYPOINT", _words(state.entrypoint)),
        "cmd": ("CMD", _words(state.cmd)),
        "healthcheck": ("HEALTHCHECK", _check(state.healthcheck)),
        "stop_signal": ("STOPSIGNAL", state.stopsignal),
    }
    own = {name: value for name, (word, value) in of_keyword.items() if word in ending.known}
    return {
        "base_image": ending.base_image,
        "inherited": [name for name in of_keyword if name not in own],
        **{name: own.get(name) for name in of_keyword},
        "env": dict(ending.env),
        "args": dict(state.args),
        "labels": dict(state.labels),
        "exposed": list(state.exposed),
        "volumes": list(state.volumes),
    }


def _words(words: tuple[str, ...] | None) -> list[str] | None:
    return None if words is None else list(words)


def _check(check: Healthcheck | None) -> dict[str, Any] | None:
    if check is None:
        return None
    return {
        "disabled": check.disabled,
        "argv": _words(check.argv),
        "command": check.command if check.argv is None and not check.disabled else None,
        "interval": check.interval,
        "timeout": check.timeout,
        "start_period": check.start_period,
        "start_interval": check.start_interval,
        "retries": check.retries,
    }
