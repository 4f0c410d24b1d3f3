"""The API."""

import logging

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app import __version__
from app.config import get_settings
from app.middleware.metrics import MetricsMiddleware
from app.middleware.ratelimit import RateLimitMiddleware
from app.routers import (
    appointments,
    auth,
    documents,
    fhir,
    graphql,
    jobs,
    patients,
    prescriptions,
    reports,
    system,
    users,
)


def create_app() -> FastAPI:
    """Put the application together."""
    settings = get_settings()
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    application = FastAPI(
        title=settings.app_name,
        version=__version__,
        description="Patients, appointments, prescriptions and documents of a clinic.",
    )
    application.add_middleware(
        RateLimitMiddleware,
        redis_url=settings.redis_url,
        per_minute=settings.rate_limit_per_minute,
    )
    application.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["*"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"],
    )
    application.add_middleware(MetricsMiddleware)

    api = APIRouter(prefix="/api/v1")
    for module in (
        auth,
        users,
        patients,
        appointments,
        prescriptions,
        documents,
        reports,
        fhir,
        jobs,
    ):
        api.include_router(module.router)
    application.include_router(api)
    application.include_router(graphql.router)
    application.include_router(system.router)
    return application


app = create_app()
