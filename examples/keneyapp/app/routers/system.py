"""Health and metrics."""

import os

from fastapi import APIRouter, Response, status
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    generate_latest,
    multiprocess,
)

from app import __version__
from app.cache import redis_is_up
from app.database import database_is_up

router = APIRouter(tags=["system"])


@router.get("/health")
def health(response: Response) -> dict[str, str]:
    """200 when the database and Redis answer, 503 when one does not."""
    checks = {"database": database_is_up(), "redis": redis_is_up()}
    healthy = all(checks.values())
    if not healthy:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return {
        "status": "ok" if healthy else "degraded",
        "version": __version__,
        **{name: "ok" if up else "down" for name, up in checks.items()},
    }


@router.get("/metrics", include_in_schema=False)
def metrics() -> Response:
    """Prometheus metrics; summed over all workers when there are several."""
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
