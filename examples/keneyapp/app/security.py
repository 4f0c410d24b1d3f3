"""Password hashes and access tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import bcrypt
import jwt

from app.config import get_settings

ALGORITHM = "HS256"


class InvalidToken(Exception):
    """The token is malformed, forged or expired."""


def hash_password(password: str) -> str:
    """A bcrypt hash. bcrypt reads 72 bytes at most, so the rest is cut here."""
    salt = bcrypt.gensalt(rounds=get_settings().bcrypt_rounds)
    return bcrypt.hashpw(password.encode()[:72], salt).decode()


def verify_password(password: str, hashed: str) -> bool:
    """Whether the password belongs to the hash."""
    return bcrypt.checkpw(password.encode()[:72], hashed.encode())


def create_access_token(username: str, role: str) -> tuple[str, int]:
    """A signed token and the seconds it is good for."""
    settings = get_settings()
    lifetime = timedelta(minutes=settings.access_token_minutes)
    now = datetime.now(UTC)
    payload = {"sub": username, "role": role, "iat": now, "exp": now + lifetime}
    token = jwt.encode(payload, settings.secret_key, algorithm=ALGORITHM)
    return token, int(lifetime.total_seconds())


def decode_access_token(token: str) -> dict[str, Any]:
    """The claims of a valid token."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, get_settings().secret_key, algorithms=[ALGORITHM]
        )
    except jwt.PyJWTError as error:
        raise InvalidToken(str(error)) from error
    return claims
