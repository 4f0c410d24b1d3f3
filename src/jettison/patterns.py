"""Regular expressions that are compiled when they are first used.

The rules know some three hundred of them, for every ecosystem; a project needs a few. To compile
all of them at the import took an eighth of a short command. See docs/decisions/0010-patterns.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, AnyStr, cast

__all__ = ["regex"]


class _Later:
    """A pattern that becomes one when a method of it is asked for, once for each method."""

    if TYPE_CHECKING:
        _text: Any
        _flags: int

    def __init__(self, text: Any, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name == "_compiled":
            self._compiled = re.compile(self._text, self._flags)
            return self._compiled
        value = getattr(self._compiled, name)
        setattr(self, name, value)
        return value


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What ``re.compile`` returns, to be used by its methods only (``regex(...).search(...)``).

    An error in ``text`` shows at the first use; a test compiles every one of the package.
    """
    return cast("re.Pattern[AnyStr]", _Later(text, flags))
