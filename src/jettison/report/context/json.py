"""What a build context sends, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.analysis.context.use import ContextUse, Suggestion, Use

__all__ = ["SCHEMA_VERSION", "context_to_json"]

SCHEMA_VERSION = 1


def context_to_json(name: str, uses: Sequence[ContextUse], *, whole: bool = False) -> str:
    """The use of the context ``name`` as one JSON object, ASCII only; bytes of a name that are not
    UTF-8 stand as lone surrogates (PEP 383). Without ``whole`` only the folders on top are listed.

    Sizes are bytes on disk, lines count from 1; ``null`` stands for what is not known. Lists are
    sorted by bytes, the biggest first. The keys::

        schema        1; it grows when a key changes its meaning
        context       the folder
        views         one for each ignore file that counts for some Dockerfile:
          ignore_file   its name, or null
          builds        [{dockerfile, target, services}]
          files, bytes  what is sent
          unused_files, unused_bytes   of that, what no instruction takes; null without builds
          whole         {dockerfile, line}: the instruction that takes all of it, or null
          folders       [{path, files, bytes, unused_bytes, kind, pattern, doubtful}]; each includes
                        what is below it, "" are the files on top; pattern would exclude it, or null
                        (doubtful: a guess from the name)
          suggestions   [{pattern, kind, files, bytes, doubtful, asked_for}]: a file counts for one
                        pattern; doubtful ones are guesses from a name, taken along with the rest;
                        asked_for {dockerfile, line} would break without these files, or null
          unused        [{path, folder, files, bytes, kind, pattern}]: outermost folders and files
          kept_out      [{pattern, line, entries, folders, bytes, examples}]; bytes is null where
                        folders were not weighed
          uses          [{dockerfile, line, stage, keyword, sources, files, bytes}], in file order
          problems      [{where, message}]
    """
    document = {
        "schema": SCHEMA_VERSION,
        "context": name,
        "views": [_view(use, whole=whole) for use in uses],
    }
    return json.dumps(document, indent=2) + "\n"


def _view(use: ContextUse, *, whole: bool) -> dict[str, Any]:
    known = bool(use.builds)
    return {
        "ignore_file": None if use.ignore is None else use.ignore.name,
        "builds": [
            {"dockerfile": one.name, "target": one.target, "services": list(one.services)}
            for one in use.builds
        ],
        "files": use.files,
        "bytes": use.size,
        "unused_files": use.unused_files if known else None,
        "unused_bytes": use.unused_size if known else None,
        "whole": None
        if use.whole is None
        else {"dockerfile": use.whole.dockerfile, "line": use.whole.instruction.line},
        "folders": [
            {
                "path": one.path,
                "files": one.files,
                "bytes": one.size,
                "unused_bytes": one.unused_size if known else None,
                "kind": one.kind,
                "pattern": one.pattern,
                "doubtful": one.doubtful,
            }
            for one in use.folders
            if whole or not one.depth
        ],
        "suggestions": [_suggestion(one) for one in use.suggestions],
        **_lists(use),
        "uses": [_use(one) for one in use.uses],
        "problems": [{"where": one.where, "message": one.message} for one in use.problems],
    }


def _lists(use: ContextUse) -> dict[str, Any]:
    return {
        "unused": [
            {
                "path": one.path,
                "folder": one.folder,
                "files": one.files,
                "bytes": one.size,
                "kind": one.kind,
                "pattern": one.pattern,
            }
            for one in use.unused
        ],
        "kept_out": [
            {
                "pattern": one.pattern.text,
                "line": one.pattern.line,
                "entries": one.entries,
                "folders": one.folders,
                "bytes": one.size,
                "examples": list(one.examples),
            }
            for one in use.kept_out
        ],
    }


def _suggestion(one: Suggestion) -> dict[str, Any]:
    asked = one.asked_for
    return {
        "pattern": one.pattern,
        "kind": one.kind,
        "files": one.files,
        "bytes": one.size,
        "doubtful": one.doubtful,
        "asked_for": None if asked is None else {"dockerfile": asked[0], "line": asked[1].line},
    }


def _use(one: Use) -> dict[str, Any]:
    return {
        "dockerfile": one.dockerfile,
        "line": one.instruction.line,
        "stage": one.stage,
        "keyword": one.instruction.keyword,
        "sources": list(one.take.wanted.sources),
        "files": one.take.files,
        "bytes": one.take.size,
    }
