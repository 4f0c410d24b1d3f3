"""What Next.js puts into its build: variables of the environment, and pages that it renders then.

Source: Next.js documentation, "Environment Variables", "Static and Dynamic Rendering".
"""

from __future__ import annotations

import posixpath
import re

from jettison.ecosystem.node.javascript import without_comments
from jettison.patterns import regex

__all__ = ["CODE", "environment_of", "renders_at_build", "unusual_output"]

CODE = (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts")
_READ = regex(r"process\.env(?:\??\.(\w+)|\[\s*['\"`](\w+)['\"`]\s*\])?")
_TAKEN = regex(r"\{([^{}]*)\}\s*=\s*process\.env\b")
_CLIENT = regex(r"^\s*(['\"])use (client|server)\1", re.MULTILINE)
_ASYNC = regex(
    r"\basync\s+function\s+(?:[A-Z]\w*\s*)?\(|\b[A-Z]\w*\s*=\s*async\b|default\s+async\b"
)
_AWAITED = regex(r"\bawait\s+([\w.$]+)|\bfor\s+(await)\b|\.(then)\(")
_OF_REQUEST = regex(
    r"^(?:props\.)?(?:params|searchParams)$"
    r"|^(?:cookies|headers|draftMode|connection|getServerSession|auth)$"
)
_AT_BUILD = regex(
    r"\b(getStaticProps|getStaticPaths|generateStaticParams|unstable_cache)\b|['\"](use cache)['\"]"
)
_DYNAMIC = regex(r"export\s+const\s+dynamic\s*=\s*['\"]force-dynamic['\"]")
_GET = regex(r"\bexport\s+(?:async\s+)?(?:function\s+GET\b|const\s+GET\b|\{[^}]*\bGET\b)")
_OTHER_METHODS = regex(r"\b(?:POST|PUT|PATCH|DELETE)\b")
_ASKS = regex(r"\b(?:req|request)\s*\.|\b(?:cookies|headers)\(\)|\bnextUrl\b")
_OUTPUT = regex(r"(?<![.\w])output\s*[:=]\s*(?:(['\"`])standalone\1)?")


def environment_of(text: str) -> frozenset[str]:
    """The variables of the environment that code reads; ``"*"`` stands for all at once."""
    code = without_comments(text)
    found = set()
    for one in _TAKEN.finditer(code):
        names = (name.partition(":")[0].partition("=")[0].strip() for name in one[1].split(","))
        found |= {name for name in names if re.fullmatch(r"\w+", name)}
        if "..." in one[1]:
            found.add("*")
    taken = [one.end() for one in _TAKEN.finditer(code)]
    for one in _READ.finditer(code):
        if one.end() not in taken:
            found.add(one[1] or one[2] or "*")
    return frozenset(found)


def renders_at_build(path: str, text: str, *, routes: bool = True) -> str:
    """What of a file is worked out when the image is built, and at each request before; or ``""``.

    ``path`` is the file's in its package. A part of a page that waits for something else than what
    a request brings may be rendered once and for all, where its path has no parameter. ``routes``
    tells that an answer that asks nothing of its request is, as it was before Next.js 15.
    """
    code = without_comments(text)
    found = _AT_BUILD.search(code)
    if found is not None:
        return found[1] or found[2]
    if _CLIENT.search(code) or _DYNAMIC.search(code):
        return ""
    name = posixpath.basename(path).partition(".")[0]
    if "[" in path or ("api/" in path and "pages/" in path):
        return ""
    if name == "route":
        free = _ASKS.search(code) or _OTHER_METHODS.search(code) or not routes
        return "GET" if _GET.search(code) and not free else ""
    if "getServerSideProps" in code or "getInitialProps" in code or not _ASYNC.search(code):
        return ""
    for one in _AWAITED.finditer(code):
        what = one[1] or one[2] or one[3]
        if not _OF_REQUEST.search(what):
            return f"await {what}" if one[1] else what
    return ""


def unusual_output(text: str) -> bool:
    """Whether settings make something else than a server: files alone, or what is not known."""
    return any(one[1] is None for one in _OUTPUT.finditer(without_comments(text)))
