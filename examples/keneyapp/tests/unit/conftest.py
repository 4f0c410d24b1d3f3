"""Records without a database server: SQLite in memory, files in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from app.config import get_settings
from app.database import Base


@pytest.fixture
def sessions() -> Iterator[sessionmaker[Session]]:
    """A session factory on an empty database."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    Base.metadata.create_all(engine)
    yield sessionmaker(bind=engine, expire_on_commit=False)
    engine.dispose()


@pytest.fixture
def upload_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty upload directory."""
    monkeypatch.setattr(get_settings(), "upload_dir", tmp_path)
    return tmp_path
