"""Start background jobs by hand (admins only)."""

from celery.exceptions import TimeoutError as CeleryTimeout
from fastapi import APIRouter, HTTPException, status
from kombu.exceptions import OperationalError

from app import tasks
from app.deps import AdminOnly

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.post("/ping")
def ping_worker(_: AdminOnly) -> dict[str, str]:
    """Send a task through the queue and wait for its answer."""
    try:
        answer = tasks.ping.delay().get(timeout=5)
    except (CeleryTimeout, OperationalError) as error:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "No worker answered") from error
    return {"worker": str(answer)}


@router.post("/reminders", status_code=status.HTTP_202_ACCEPTED)
def send_reminders(_: AdminOnly) -> dict[str, str]:
    """Send the due reminders now instead of within the next minute."""
    try:
        result = tasks.send_appointment_reminders.delay()
    except OperationalError as error:
        raise HTTPException(
            status.HTTP_503_SERVICE_UNAVAILABLE, "The queue is not reachable"
        ) from error
    return {"task_id": str(result.id)}
