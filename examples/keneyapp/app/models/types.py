"""Column types and mixins used by several models."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import DateTime, Enum
from sqlalchemy.orm import Mapped, mapped_column

IntPk = Annotated[int, mapped_column(primary_key=True)]
UtcDateTime = DateTime(timezone=True)


def utcnow() -> datetime:
    """Now, aware of its zone."""
    return datetime.now(UTC)


def string_enum(cls: type[StrEnum]) -> Enum:
    """An enum kept as plain text, by value, so that a new member needs no ALTER TYPE."""
    return Enum(
        cls,
        native_enum=False,
        length=20,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


class Timestamps:
    """`created_at` and `updated_at`."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow, onupdate=utcnow)
