"""placeholder."""

from collections.abc import Sequence

from lab.folders import Folders


def check(folders: Folders, *, only: Sequence[str]) -> int:
    """Nothing yet."""
    del folders, only
    return 0
