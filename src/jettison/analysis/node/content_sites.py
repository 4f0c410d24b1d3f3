"""Sites that a generator of pages makes: Astro, Docusaurus, Gatsby, Eleventy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.ecosystem.node.site_servers import DevServer
    from jettison.source import SourceText

__all__ = ["against_files", "read_in_code"]

_TOLD = frozenset(
    "--root --outDir --out-dir --dir --locale --prefix-paths --input --output --config "
    "--pathprefix --build-dir --site --base".split()
)
_PAGES = regex(r"\.(mdx?|astro|[cm]?[jt]sx?)$")
_LIVE = regex(
    r"^draft\s*:\s*true\b|\bgetServerData\b|\bdefer\s*:\s*true\b|\bprerender\s*=\s*false\b",
    re.MULTILINE,
)
_IN_BROWSER = regex(r"\bmatchPath\b|\bgatsby-plugin-create-client-paths\b")
_ANY_NAME = regex(r"(^|/)\[[^/]*\](\.[cm]?[jt]sx?$|/)")
_BIGGEST = 256 * 1024
_OF_SERVERS = frozenset({"PORT", "HOST", "NODE_ENV", "TZ", "CI"})


def against_files(
    facts: Facts, target: Target, folder: str, server: DevServer, words: Iterable[str]
) -> tuple[str, str, int | None]:
    """Why a built site would not be what the server serves: the file, the reason, its line.

    The reason is ``""`` where there is none. ``folder`` is the context path of the package,
    ``words`` those of the commands that serve and build.
    """
    other = sorted(_TOLD & {word.partition("=")[0] for word in words})
    if other:
        return target.dockerfile_name, f"{server.tool} is told {other[0]}", None
    functions = f"{folder}/src/api/".lstrip("/")
    for path, source in _pages(facts, target):
        if server.tool == "gatsby" and path.startswith(functions):
            return source.name, "Gatsby answers requests with its functions", 1
        if server.tool == "gatsby" and _has_routes(path, folder, source.text):
            return source.name, "Gatsby gives one page for addresses that only the browser knows", 1
        found = _LIVE.search(source.text)
        if found is not None and not (server.built and "draft" in found[0]):
            line = source.text.count("\n", 0, found.start()) + 1
            return source.name, f"only a server gives `{found[0].strip()}`", line
    return target.dockerfile_name, "", None


def _has_routes(path: str, folder: str, text: str) -> bool:
    """Whether a file of Gatsby's makes a page for addresses of which no build makes a file."""
    pages = f"{folder}/src/pages/".lstrip("/")
    own = path.removeprefix(pages) if path.startswith(pages) else ""
    return _ANY_NAME.search(own) is not None or _IN_BROWSER.search(text) is not None


def read_in_code(facts: Facts, target: Target, names: Iterable[str]) -> list[str]:
    """Those of ``names`` (variables) that the site's code may read, as it names them."""
    wanted = [name for name in names if name not in _OF_SERVERS]
    texts = [source.text for _, source in _pages(facts, target)] if wanted else []
    return [name for name in wanted if any(re.search(rf"\b{name}\b", text) for text in texts)]


def _pages(facts: Facts, target: Target) -> Iterator[tuple[str, SourceText]]:
    """The pages and the code of the context, by their paths."""
    for file in target.files.own:
        if _PAGES.search(file.path) and file.size <= _BIGGEST:
            source = facts.tree.read(project_path(target, file.path))
            if source is not None:
                yield file.path, source
