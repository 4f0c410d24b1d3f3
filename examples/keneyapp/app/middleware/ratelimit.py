"""A fixed-window rate limit per user (or address), counted in Redis.

When Redis is down requests pass: a clinic that can't count can still work.
"""

import logging
import time

import redis.asyncio as aioredis
from redis.exceptions import RedisError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.security import InvalidToken, decode_access_token

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
EXEMPT_PATHS = frozenset({"/health", "/metrics"})


def client_identity(scope: Scope) -> str:
    """The user of a valid token, else the address the request came from."""
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        try:
            return f"user:{decode_access_token(token)['sub']}"
        except (InvalidToken, KeyError):
            pass
    client = scope.get("client")
    return f"ip:{client[0]}" if client else "ip:unknown"


class RateLimitMiddleware:
    """Counts requests, adds `X-RateLimit-*` headers and answers 429 past the limit."""

    def __init__(self, app: ASGIApp, redis_url: str, per_minute: int) -> None:
        self.app = app
        self.per_minute = per_minute
        self.redis = aioredis.Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1)

    async def count(self, identity: str, window: int) -> int | None:
        """This request's number in the window; None when Redis does not answer."""
        key = f"ratelimit:{identity}:{window}"
        try:
            async with self.redis.pipeline(transaction=True) as pipe:
                pipe.incr(key)
                pipe.expire(key, WINDOW_SECONDS * 2)
                number, _ = await pipe.execute()
        except RedisError:
            logger.warning("rate limit not counted: redis is down")
            return None
        return int(number)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in EXEMPT_PATHS:
            await self.app(scope, receive, send)
            return
        now = int(time.time())
        window = now // WINDOW_SECONDS
        number = await self.count(client_identity(scope), window)
        if number is None:
            await self.app(scope, receive, send)
            return
        reset = (window + 1) * WINDOW_SECONDS - now
        headers = {
            "X-RateLimit-Limit": str(self.per_minute),
            "X-RateLimit-Remaining": str(max(0, self.per_minute - number)),
            "X-RateLimit-Reset": str(reset),
        }
        if number > self.per_minute:
            response = JSONResponse(
                {"detail": "Too many requests"},
                status_code=429,
                headers={**headers, "Retry-After": str(reset)},
            )
            await response(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self.app(scope, receive, send_with_headers)
