"""Health check of Celery beat: its schedule file is written at least once a minute.

Usage: python scripts/check_beat.py [/tmp/celerybeat-schedule]
"""

import sys
import time
from pathlib import Path

MAX_AGE_SECONDS = 150


def age_of_schedule(path: Path, now: float) -> float | None:
    """Seconds since the newest file of the schedule changed (its suffix depends on dbm)."""
    changed = [file.stat().st_mtime for file in path.parent.glob(path.name + "*")]
    return now - max(changed) if changed else None


def main(arguments: list[str]) -> int:
    """0 when beat is alive."""
    path = Path(arguments[0] if arguments else "/tmp/celerybeat-schedule")
    age = age_of_schedule(path, time.time())
    if age is None:
        print(f"{path} does not exist")
        return 1
    print(f"schedule written {age:.0f} s ago")
    return 0 if age <= MAX_AGE_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
