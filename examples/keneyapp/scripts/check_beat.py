"""Health check of Celery beat: it touches a file beside its schedule (see app/beat.py).

Usage: python scripts/check_beat.py [/tmp/celerybeat-schedule]
"""

import sys
import time
from pathlib import Path

MAX_AGE_SECONDS = 60


def seconds_since_heartbeat(schedule: str, now: float) -> float | None:
    """None when beat has not run yet."""
    try:
        return now - Path(schedule + ".alive").stat().st_mtime
    except FileNotFoundError:
        return None


def main(arguments: list[str]) -> int:
    """0 when beat is alive."""
    schedule = arguments[0] if arguments else "/tmp/celerybeat-schedule"
    age = seconds_since_heartbeat(schedule, time.time())
    if age is None:
        print("beat has not run yet")
        return 1
    print(f"last heartbeat {age:.0f} s ago")
    return 0 if age <= MAX_AGE_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
