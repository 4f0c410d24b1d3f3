"""Which files a built server of Node may read, by the strings of its code."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.compiled.model import Code
from jettison.analysis.compiled.texts import source_texts
from jettison.analysis.node.only_built import settings_of
from jettison.patterns import regex

if TYPE_CHECKING:
    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.ecosystem.node.package import NodePackage

__all__ = ["PACKAGES", "SOURCES", "VARIABLES", "code_of", "is_code"]

SOURCES = regex(
    r"(?<!\.config)\.([cm]?[jt]sx?|vue|svelte|s?css|sass|less|styl|snap|tsbuildinfo)$"
    r"|(^|/)(node_modules|public|\.next|\.nuxt|\.output|\.git[^/]*|\.vscode|\.idea|tests?|e2e"
    r"|__tests__|__mocks__|cypress|coverage|\.storybook)(/|$)"
    r"|(^|/)((next|nuxt|nitro|app|vite|tailwind|postcss|eslint|prettier|babel|webpack|jest|vitest"
    r"|playwright|cypress|commitlint|lint-staged|stylelint)\.config\.[cm]?[jt]s"
    r"|package(-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(lock|workspace)\.yaml|bun\.lockb?|[tj]sconfig[^/]*\.json|components\.json|vercel\.json|Dockerfile[^/]*|Makefile"
    r"|Procfile|LICENSE[^/]*|\.dockerignore|\.env[^/]*|\.npmrc|\.yarnrc[^/]*|\.nvmrc"
    r"|\.node-version|\.editorconfig|\.(eslint|prettier|babel|swc|stylelint|lintstaged)[^/]*"
    r"|(docker-)?compose[^/]*\.ya?ml"
    r"|(README|CHANGELOG|CONTRIBUTING|CODE_OF_CONDUCT|SECURITY)[^/]*)$"
)
"""The paths of the context that only the build reads, or that it copies itself."""
VARIABLES = regex(r"(?i:npm_config_\w+)")
PACKAGES = frozenset({"python3", "python", "python2", "py3-setuptools"})
"""The system packages that node-gyp compiles with."""
_CODE = regex(r"\.([cm]?[jt]sx?|vue|svelte)$")
_TOOLS = regex(r"\.(test|spec|stories|d)\.[^/]*$|(^|/)(tests?|e2e|__tests__|cypress)/")
_SPECIFIER = regex(r"""(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])[^'"\n]+\1""")
_STRING = regex(r"""(['"`])([^'"`\n]{1,200})\1""")
_JOINED = regex(r"\b(?:join|resolve)\s*\(((?:[^()]|\([^()]*\))*)\)")
_DATABASES = regex(r"\.(db|sqlite3?)$")
_READS = regex(
    r"""['"](node:)?(fs|path)(-extra|/promises)?['"]|\bcwd\s*\(|\b__(dir|file)name\b"""
    r"""|\bimport\.meta\.(url|dirname)\b|\bchild_process\b|\breadFile|\bload(Sync|Package)\b"""
    r"""|\bnew\s+\w*(Database|Sqlite)\b|\buseStorage\b|\bexeca\b"""
)
_STARTS = regex(r"\bchild_process\b|\bexeca\b|\bBun\.spawn\b")


def code_of(facts: Facts, target: Target, package: NodePackage, folder: str) -> Code:
    """What the code below the context's ``folder`` says; strings count where they are paths."""
    strings: set[str] = set()
    programs: set[str] = set()
    for _, text in source_texts(facts, target, is_code):
        if not _READS.search(text):  # what it names is for the bundler or the browser
            continue
        bare = _SPECIFIER.sub("", text)
        for call in _JOINED.findall(bare):
            strings.add("/".join(string for _, string in _STRING.findall(call)))
        found = [string for _, string in _STRING.findall(bare)]
        strings.update(one for one in found if "/" in one or "." in one)
        if _STARTS.search(text):
            programs.update(word for one in found for word in one.split())
    kept = {
        entry.path
        for entry in target.files.entries(folder)
        if settings_of(posixpath.basename(entry.path), package, package.dependencies, family=True)
        and not SOURCES.search(entry.path)
    }
    kept |= {file.path for file in target.files.files if _DATABASES.search(file.path)}
    return Code(frozenset(strings), frozenset(programs), False, folders=frozenset(kept))


def is_code(path: str) -> bool:
    """Whether a path is of code that is built, tests and stories left out."""
    return _CODE.search(path) is not None and _TOOLS.search(path) is None
