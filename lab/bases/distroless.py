"""`gcr.io/distroless/static-debian12`: certificates, time zones, users; no program."""

from pathlib import Path

from lab.bases.recipe import Made
from lab.images import Settings
from lab.workshop import Workshop

_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
}
_FILES = r"""
apt-get update -q
apt-get install -y -q --no-install-recommends ca-certificates netbase tzdata
cd /mnt
mkdir -p etc/ssl/certs usr/share home/nonroot root var/lib/dpkg/status.d
mkdir -m 1777 tmp var/tmp
ln -s /run var/run
cp -L /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/
cp -a /usr/share/zoneinfo usr/share/
cp /etc/protocols /etc/services /etc/nsswitch.conf etc/
printf 'ID=debian\nVERSION_ID="12"\nNAME="Debian GNU/Linux"\n' > etc/os-release
printf '%s\n' root:x:0:0:root:/root:/sbin/nologin \
    nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin \
    nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin > etc/passwd
printf '%s\n' root:x:0: nobody:x:65534: nonroot:x:65532: > etc/group
chmod 700 root home/nonroot
chown 65532:65532 home/nonroot
"""


def make(workshop: Workshop) -> Made:
    """Make the image whose user is root."""
    return _made(workshop, Settings(environment=_ENVIRONMENT, folder="/", user="0"))


def make_nonroot(workshop: Workshop) -> Made:
    """Make the image whose user is not."""
    settings = Settings(environment=_ENVIRONMENT, folder="/home/nonroot", user="65532")
    return _made(workshop, settings)


def _made(workshop: Workshop, settings: Settings) -> Made:
    layer = workshop.shared_layer("distroless", lambda: _tree(workshop))
    return Made(((layer, "# certificates, time zones, users; no program"),), settings)


def _tree(workshop: Workshop) -> Path:
    out = workshop.folders.scratch("distroless")
    out.chmod(0o755)
    session = workshop.session("distroless-root", [workshop.root])
    session.run(_FILES, workshop.log("distroless"), exchange=out)
    session.discard()
    return out
