"""Settings, read from the environment (and from `.env` in development)."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that differs between a laptop, CI and production."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    app_name: str = "KeneyApp"
    environment: str = "development"
    log_level: str = "INFO"

    database_url: str = "postgresql+psycopg2://keneyapp:keneyapp@db:5432/keneyapp"
    database_pool_size: int = 5

    redis_url: str = "redis://redis:6379/0"
    celery_broker_url: str = "redis://redis:6379/1"
    celery_result_backend: str = "redis://redis:6379/2"

    secret_key: str = "keneyapp-development-key-do-not-use-in-production"
    access_token_minutes: int = 60
    bcrypt_rounds: int = 10

    admin_username: str = "admin"
    admin_password: str = "admin123"
    admin_email: str = "admin@keneyapp.example"

    upload_dir: Path = Path("/app/uploads")
    max_upload_bytes: int = 10 * 1024 * 1024
    thumbnail_pixels: int = 256

    cache_seconds: int = 60
    rate_limit_per_minute: int = 1200
    login_attempts_per_minute: int = 10

    reminder_hours_ahead: int = 24
    clinic_name: str = "Keney Family Clinic"
    cors_origins: list[str] = Field(default_factory=lambda: ["http://localhost:3000"])


@lru_cache
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
