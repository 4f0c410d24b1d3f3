"""`prom/prometheus:latest`: /bin/prometheus and /bin/promtool, data in /prometheus."""

from lab.bases import alpine
from lab.bases.recipe import Made
from lab.images import Settings
from lab.workshop import Workshop

_NOBODY = 65534


def make(workshop: Workshop) -> Made:
    """Make the image."""
    top = alpine.stage(workshop, "prometheus")
    top.take("usr/bin/prometheus", "usr/bin/promtool")
    top.take("usr/share/prometheus")
    top.drop("usr/share/javascript/moment-timezone/data")  # 200 MB that no page loads
    for name in ("consoles", "console_libraries"):
        if top.has(f"etc/prometheus/{name}"):
            top.take(f"etc/prometheus/{name}")
    alpine.own_files(top, "prometheus")
    top.folder("prometheus", 0o755, (_NOBODY, _NOBODY))
    settings = Settings(
        environment={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        entrypoint=("/bin/prometheus",),
        command=(
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
        ),
        ports=("9090/tcp",),
        volumes=("/prometheus",),
        folder="/prometheus",
        user="nobody",
    )
    layers = (
        (alpine.layer(workshop), alpine.HISTORY),
        (alpine.finish(workshop, top), "# Prometheus and promtool"),
    )
    return Made(layers, settings)
