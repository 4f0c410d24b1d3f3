"""Fetch a row or answer 404."""

from typing import Any, TypeVar

from fastapi import HTTPException, status
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.database import Base

Model = TypeVar("Model", bound=Base)


def get_or_404(db: Session, model: type[Model], key: Any) -> Model:
    """The row with this primary key."""
    row = db.get(model, key)
    if row is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"{model.__name__} not found")
    return row


def apply_changes(row: Base, changes: BaseModel) -> None:
    """Set the fields that the client sent."""
    for name, value in changes.model_dump(exclude_unset=True).items():
        setattr(row, name, value)
