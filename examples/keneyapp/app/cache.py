"""A small JSON cache in Redis. A cache that is down is a cache miss, never an error."""

import json
import logging
from functools import lru_cache
from typing import Any

import redis

from app.config import get_settings

logger = logging.getLogger(__name__)

PREFIX = "cache:"


@lru_cache
def get_redis() -> redis.Redis:
    """The Redis client of this process (connections are made on first use)."""
    return redis.Redis.from_url(
        get_settings().redis_url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2
    )


def redis_is_up() -> bool:
    """Whether Redis answers a ping."""
    try:
        return bool(get_redis().ping())
    except redis.RedisError:
        return False


def cache_get(key: str) -> Any | None:
    """The cached value, or None."""
    try:
        raw = get_redis().get(PREFIX + key)
    except redis.RedisError:
        logger.warning("cache read failed for %s", key)
        return None
    return None if raw is None else json.loads(str(raw))


def cache_set(key: str, value: Any, seconds: int | None = None) -> None:
    """Keep a JSON value for some seconds."""
    ttl = seconds if seconds is not None else get_settings().cache_seconds
    try:
        get_redis().set(PREFIX + key, json.dumps(value), ex=ttl)
    except redis.RedisError:
        logger.warning("cache write failed for %s", key)


def cache_delete(*keys: str) -> None:
    """Forget some keys."""
    try:
        get_redis().delete(*(PREFIX + key for key in keys))
    except redis.RedisError:
        logger.warning("cache delete failed for %s", keys)


def drop_keys_without_expiry() -> int:
    """Remove cache entries that would never expire; returns how many there were."""
    client = get_redis()
    stale = [key for key in client.scan_iter(PREFIX + "*", count=500) if client.ttl(key) == -1]
    if stale:
        client.delete(*stale)
    return len(stale)
