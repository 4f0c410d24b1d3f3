"""Accounts and logins."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from app.models import Role
from app.schemas.common import Email, OrmModel

Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{3,64}$")]


class Token(BaseModel):
    """The answer to a login."""

    access_token: str
    token_type: str = "bearer"
    expires_in: int


class UserCreate(BaseModel):
    """A new account."""

    username: Username
    full_name: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    email: Email
    role: Role
    password: Annotated[str, StringConstraints(min_length=8, max_length=72)]


class UserOut(OrmModel):
    """An account as shown."""

    id: int
    username: str
    full_name: str
    email: str
    role: Role
    is_active: bool
    created_at: datetime
