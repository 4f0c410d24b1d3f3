"""Login."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, status
from fastapi.security import OAuth2PasswordRequestForm
from redis.exceptions import RedisError
from sqlalchemy import select

from app.cache import get_redis
from app.config import get_settings
from app.deps import CurrentUser, DbSession
from app.models import User
from app.schemas.users import Token, UserOut
from app.security import create_access_token, verify_password

router = APIRouter(prefix="/auth", tags=["auth"])


def _check_attempts(username: str) -> None:
    """Slow down someone who guesses passwords of one account."""
    key = f"login-attempts:{username}"
    try:
        client = get_redis()
        attempts = int(str(client.get(key) or 0))
        seconds_left = client.ttl(key)
    except RedisError:
        return
    if attempts >= get_settings().login_attempts_per_minute:
        raise HTTPException(
            status.HTTP_429_TOO_MANY_REQUESTS,
            "Too many failed logins, try again later",
            headers={"Retry-After": str(max(1, int(str(seconds_left))))},
        )


def _note_failure(username: str) -> None:
    key = f"login-attempts:{username}"
    try:
        with get_redis().pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, 60)
            pipe.execute()
    except RedisError:
        pass


@router.post("/login")
def login(db: DbSession, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    """Exchange a username and a password for an access token."""
    username = form.username.strip().lower()[:64]
    _check_attempts(username)
    user = db.scalar(select(User).where(User.username == username))
    if user is None or not user.is_active or not verify_password(form.password, user.password_hash):
        _note_failure(username)
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED,
            "Incorrect username or password",
            headers={"WWW-Authenticate": "Bearer"},
        )
    token, expires_in = create_access_token(user.username, user.role.value)
    return Token(access_token=token, expires_in=expires_in)


@router.get("/me", response_model=UserOut)
def me(user: CurrentUser) -> User:
    """The account of the token."""
    return user
