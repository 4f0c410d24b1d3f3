"""`nginx:alpine`: nginx with its modules, templates in the entrypoint, logs to the terminal."""

from lab.bases import alpine
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.workshop import Workshop

_USER = alpine.Account("nginx", 101, "/var/cache/nginx")


def make(workshop: Workshop) -> Made:
    """Make the image."""
    top = alpine.stage(workshop, "nginx")
    top.take("usr/sbin/nginx", "usr/lib/nginx/modules", "usr/bin/curl", "usr/bin/envsubst")
    for name in ("mime.types", "fastcgi_params", "scgi_params", "uwsgi_params"):
        top.take(f"etc/nginx/{name}")
    top.link("etc/nginx/modules", "/usr/lib/nginx/modules")
    top.link("usr/share/nginx/modules", "/usr/lib/nginx/modules")
    alpine.accounts(top, _USER)
    alpine.own_files(top, "nginx")
    for name in ("access", "error"):
        top.link(f"var/log/nginx/{name}.log", "/dev/stdout" if name == "access" else "/dev/stderr")
    top.folder("var/cache/nginx")
    top.link("var/lib/nginx", "/var/cache/nginx")  # where Debian's nginx has its temporary files
    version = workshop.pool_version("nginx")
    settings = Settings(
        environment={"PATH": PATH, "NGINX_VERSION": version},
        entrypoint=("/docker-entrypoint.sh",),
        command=("nginx", "-g", "daemon off;"),
        ports=("80/tcp",),
        stop_signal="SIGQUIT",
    )
    layers = (
        (alpine.layer(workshop), alpine.HISTORY),
        (alpine.finish(workshop, top), f"# nginx {version}, curl, envsubst"),
    )
    return Made(layers, settings)
