"""`postgres:15-alpine`: the server, its tools and contributed modules, JIT and time zones."""

from lab.bases import alpine
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.workshop import Workshop

_NUMBER = 70
_HOME = "/var/lib/postgresql"
_USER = alpine.Account("postgres", _NUMBER, _HOME, "/bin/sh")
_PROGRAMS = "usr/lib/postgresql/15/bin"


def make(workshop: Workshop) -> Made:
    """Make the image."""
    top = alpine.stage(workshop, "postgres")
    top.take("usr/lib/postgresql/15", "usr/share/postgresql/15")
    top.take("bin/bash", "usr/sbin/gosu", "usr/bin/xz", "usr/bin/zstd")
    top.take("usr/lib/locale/en_US.utf8", "usr/share/zoneinfo")
    alpine.accounts(top, _USER)
    alpine.own_files(top, "postgres")
    for program in sorted((workshop.pool / _PROGRAMS).iterdir()):
        top.link(f"usr/local/bin/{program.name}", f"/{_PROGRAMS}/{program.name}")
    top.link("usr/local/bin/gosu", "/usr/sbin/gosu")
    top.link("docker-entrypoint.sh", "usr/local/bin/docker-entrypoint.sh")
    top.folder("docker-entrypoint-initdb.d")
    owner = (_NUMBER, _NUMBER)
    top.folder(_HOME, 0o1777, owner)
    top.folder(f"{_HOME}/data", 0o1777, owner)
    top.folder("run/postgresql", 0o3777, owner)
    top.write("etc/shells", "/bin/sh\n/bin/ash\n/bin/bash\n")
    sample = top.tree / "usr/share/postgresql/15/postgresql.conf.sample"
    local, everywhere = "#listen_addresses = 'localhost'", "listen_addresses = '*'"
    top.write(str(sample.relative_to(top.tree)), sample.read_text().replace(local, everywhere))
    version = workshop.pool_version("postgresql-15")
    settings = Settings(
        environment={
            "PATH": PATH,
            "LANG": "en_US.utf8",
            "PG_MAJOR": "15",
            "PG_VERSION": version,
            "PGDATA": f"{_HOME}/data",
        },
        entrypoint=("docker-entrypoint.sh",),
        command=("postgres",),
        ports=("5432/tcp",),
        volumes=(f"{_HOME}/data",),
        stop_signal="SIGINT",
    )
    layers = (
        (alpine.layer(workshop), alpine.HISTORY),
        (alpine.finish(workshop, top), f"# PostgreSQL {version}, LLVM for JIT, bash, gosu"),
    )
    return Made(layers, settings)
