"""A beat scheduler that shows it is alive, for the health check."""

from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler


def heartbeat_file(schedule: str) -> Path:
    """The file that is touched beside the schedule."""
    return Path(schedule + ".alive")


class HeartbeatScheduler(PersistentScheduler):  # type: ignore[misc]  # celery is untyped
    """Touches a file at every turn of the loop."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Run what is due; returns the seconds until the next turn."""
        delay: float = super().tick(*args, **kwargs)
        heartbeat_file(self.schedule_filename).touch()
        return delay
