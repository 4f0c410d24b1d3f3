"""The official images of PHP, and how what extensions are compiled with leaves them again.

Source: docker-library/php, "Dockerfile-linux.template": the libraries that PHP is linked with are
asked of what was compiled, and all that only compiling needs is removed in the same layer.
"""

from __future__ import annotations

from jettison.patterns import regex

__all__ = ["LIBRARIES_OF_ALPINE", "LIBRARIES_OF_DEBIAN", "php_system"]

_NAME = regex(r"(?:(?:docker\.io|index\.docker\.io|public\.ecr\.aws/docker)/)?(?:library/)?php")
_EXTENSIONS = "/usr/local/lib/php/extensions"

LIBRARIES_OF_DEBIAN = (
    f"find {_EXTENSIONS} -name '*.so' -exec ldd '{{}}' ';'",
    """| awk '/=>/ { so = $(NF-1); gsub("^/(usr/)?", "", so); print "*" so }'""",
    "| sort -u | xargs -r dpkg-query --search",
    """| awk 'sub(":$", "", $1) { print $1 }' | sort -u | xargs -r apt-mark manual""",
)
"""The packages of the libraries that extensions are linked with stay, on Debian: by lines."""

LIBRARIES_OF_ALPINE = (
    f"apk add --no-cache $(scanelf --needed --nobanner --format '%n#p' --recursive {_EXTENSIONS}",
    r"""| tr ',' '\n' | sort -u""",
    """| awk 'system("[ -e /usr/local/lib/" $1 " ]") == 0 { next } { print "so:" $1 }')""",
)
"""The same on Alpine."""


def php_system(reference: str) -> str:
    """``debian`` or ``alpine`` for an official image of PHP, ``""`` for any other."""
    path, _, tag = reference.partition("@")[0].partition(":")
    if not _NAME.fullmatch(path):
        return ""
    return "alpine" if "alpine" in tag else "debian"
