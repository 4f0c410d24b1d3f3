"""The Celery application: `celery -A app.worker worker|beat|flower`."""

from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init

from app.config import get_settings
from app.database import engine

_settings = get_settings()

celery_app = Celery(
    "keneyapp",
    broker=_settings.celery_broker_url,
    backend=_settings.celery_result_backend,
    include=["app.tasks"],
)

celery_app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    result_serializer="json",
    result_expires=3600,
    timezone="UTC",
    task_acks_late=True,
    task_time_limit=120,
    worker_prefetch_multiplier=1,
    worker_send_task_events=True,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 600},
    beat_scheduler="app.beat:HeartbeatScheduler",
    beat_max_loop_interval=15,
    beat_schedule={
        "appointment-reminders": {
            "task": "keneyapp.send_appointment_reminders",
            "schedule": 60.0,
        },
        "cache-clean-up": {
            "task": "keneyapp.clean_up",
            "schedule": crontab(minute=0),
        },
    },
)


@worker_process_init.connect
def _forget_parent_connections(**_: Any) -> None:
    """A forked worker must not share database sockets with its parent."""
    engine.dispose(close=False)
