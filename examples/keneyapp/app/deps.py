"""Dependencies shared by the routers."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, HTTPException, Query, status
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import get_db
from app.models import Role, User
from app.security import InvalidToken, decode_access_token

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/login")

DbSession = Annotated[Session, Depends(get_db)]


def get_current_user(db: DbSession, token: Annotated[str, Depends(oauth2_scheme)]) -> User:
    """The active user that the bearer token names."""
    unauthorized = HTTPException(
        status.HTTP_401_UNAUTHORIZED,
        "Could not validate credentials",
        headers={"WWW-Authenticate": "Bearer"},
    )
    try:
        claims = decode_access_token(token)
    except InvalidToken as error:
        raise unauthorized from error
    user = db.scalar(select(User).where(User.username == claims.get("sub")))
    if user is None or not user.is_active:
        raise unauthorized
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


def require_roles(*roles: Role) -> Callable[[User], User]:
    """A dependency that lets only these roles (and admins) pass."""
    allowed = {Role.ADMIN, *roles}

    def check(user: CurrentUser) -> User:
        if user.role not in allowed:
            raise HTTPException(status.HTTP_403_FORBIDDEN, f"Not allowed for role {user.role}")
        return user

    return check


AdminOnly = Annotated[User, Depends(require_roles())]
Prescriber = Annotated[User, Depends(require_roles(Role.DOCTOR))]
Clinical = Annotated[User, Depends(require_roles(Role.DOCTOR, Role.NURSE))]
Staff = Annotated[User, Depends(require_roles(Role.DOCTOR, Role.NURSE, Role.RECEPTIONIST))]


class Paging:
    """`limit` and `offset` of a list request."""

    def __init__(
        self,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> None:
        self.limit = limit
        self.offset = offset


PagingParams = Annotated[Paging, Depends()]
