"""The official images of Ruby without compilers, and where gems go in them.

Sources: docker-library/ruby, "Dockerfile.template" (``GEM_HOME``, ``BUNDLE_APP_CONFIG``); Docker
Hub, "ruby", "Image Variants".
"""

from __future__ import annotations

from jettison.patterns import regex

__all__ = ["GEMS", "official_ruby"]

GEMS = "/usr/local/bundle"
"""Where gems, their programs and Bundler's settings are in the official images."""
_NAME = regex(
    r"(?:(?:docker\.io|index\.docker\.io|registry\.docker\.com|public\.ecr\.aws/docker)/)?"
    r"(?:library/)?ruby"
)


def official_ruby(reference: str) -> str:
    """``slim`` or ``alpine`` for an official image without compilers, ``full``, or ``""``."""
    path, _, tag = reference.partition("@")[0].partition(":")
    if not _NAME.fullmatch(path):
        return ""
    return "alpine" if "alpine" in tag else "slim" if "slim" in tag else "full"
