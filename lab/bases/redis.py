"""`redis:7-alpine`: the Redis server and its tools in /usr/local/bin, data in /data."""

from lab.bases import alpine
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.workshop import Workshop

_NUMBER = 999
_USER = alpine.Account("redis", _NUMBER, "/home/redis")
_TOOLS = {
    "redis-server": "redis-check-rdb",  # one program under several names
    "redis-cli": "redis-cli",
    "redis-benchmark": "redis-benchmark",
}


def make(workshop: Workshop) -> Made:
    """Make the image."""
    top = alpine.stage(workshop, "redis")
    for name, packaged in _TOOLS.items():
        top.take(f"usr/bin/{packaged}", to=f"usr/local/bin/{name}")
    for name in ("redis-check-aof", "redis-check-rdb", "redis-sentinel"):
        top.link(f"usr/local/bin/{name}", "redis-server")
    top.take("usr/sbin/gosu", to="usr/local/bin/gosu")
    top.take("usr/share/zoneinfo")
    alpine.accounts(top, _USER)
    alpine.own_files(top, "redis")
    top.folder("data", 0o755, (_NUMBER, _NUMBER))
    version = workshop.pool_version("redis-server")
    settings = Settings(
        environment={"PATH": PATH, "REDIS_VERSION": version},
        entrypoint=("docker-entrypoint.sh",),
        command=("redis-server",),
        ports=("6379/tcp",),
        volumes=("/data",),
        folder="/data",
    )
    layers = (
        (alpine.layer(workshop), alpine.HISTORY),
        (alpine.finish(workshop, top), f"# Redis {version}, gosu, time zones"),
    )
    return Made(layers, settings)
