"""`python:3.11-slim`: CPython below /usr/local on `debian:bookworm-slim`."""

from lab.bases import debian
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.layers import Layer, pack
from lab.roots import Overlay
from lab.workshop import Workshop

PIP = "pip==24.0"
TOOLS = ("setuptools==79.0.1", "wheel==0.45.1")

_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

_NEIGHBOURS = """
apt-get update -q
apt-get install -y -q --no-install-recommends ca-certificates netbase tzdata
"""
_LIBRARIES = r"""
apt-get install -y -q --no-install-recommends \
    libbz2-1.0 libexpat1 libffi8 libgdbm6 liblzma5 libncursesw6 libnsl2 libreadline8 \
    libsqlite3-0 libssl3 libtirpc3 libuuid1 zlib1g
"""
_PYTHON = r"""
cp -a /mnt/usr/local/. /usr/local/
ldconfig
cd /usr/local/bin
for name in idle3 pip3 pydoc3 python3 python3-config; do
    ln -sf "$name" "$(echo "$name" | tr -d 3)"
done
if [ -n "$OWN_CERTIFICATES" ]; then
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' > /etc/pip.conf
fi
export PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
python3 -m ensurepip --default-pip
python3 -m pip install -q --no-compile $REQUIREMENTS
find /usr/local -depth \( \( -type d -a \( -name test -o -name tests -o -name idle_test \) \) \
    -o \( -type f -a \( -name '*.pyc' -o -name '*.pyo' \) \) \) -exec rm -rf '{}' +
find /usr/local -depth -type d -name __pycache__ -exec rm -rf '{}' +
rm -rf /root/.cache /root/.config /usr/local/share/python-wheels
"""


def prepare(workshop: Workshop) -> None:
    """Install what Python needs of Debian, before there is a Python."""
    _neighbours_layer(workshop)
    _libraries(workshop)


def make(workshop: Workshop) -> Made:
    """Make the image."""
    neighbours, python = _neighbours(workshop), _libraries(workshop)
    python.run(
        _PYTHON,
        workshop.log("python"),
        exchange=workshop.cpython,
        environment={
            "REQUIREMENTS": " ".join((PIP, *TOOLS)),
            "OWN_CERTIFICATES": "yes" if workshop.machine.certificates else "",
            **workshop.machine.passed_on(),
        },
    )
    version = (workshop.cpython / "VERSION").read_text().strip()
    layers = (
        (debian.layer(workshop), debian.HISTORY),
        (_neighbours_layer(workshop), "RUN apt-get install ca-certificates netbase tzdata"),
        (pack(python.upper, workshop.blobs), f"# CPython {version} built with --enable-shared"),
    )
    python.discard()
    neighbours.discard()
    environment = {"PATH": f"/usr/local/bin:{PATH}", "LANG": "C.UTF-8", "PYTHON_VERSION": version}
    if workshop.machine.certificates:  # uv, Poetry and requests trust lists of their own
        environment |= {"SSL_CERT_FILE": _CERTIFICATES, "REQUESTS_CA_BUNDLE": _CERTIFICATES}
    return Made(layers, Settings(environment=environment, command=("python3",)))


def _neighbours(workshop: Workshop) -> Overlay:
    """The Debian root with certificates, network names and time zones."""

    def install() -> Overlay:
        session = workshop.session("python-neighbours", [workshop.root])
        session.run(_NEIGHBOURS, workshop.log("python"))
        return session

    return workshop.overlays.get("python-neighbours", install)


def _neighbours_layer(workshop: Workshop) -> Layer:
    """What these three added."""
    return workshop.shared_layer("python-neighbours", lambda: _neighbours(workshop).upper)


def _libraries(workshop: Workshop) -> Overlay:
    """On top, the libraries that Python's modules link to."""

    def install() -> Overlay:
        session = workshop.session("python", list(_neighbours(workshop).trees()))
        session.run(_LIBRARIES, workshop.log("python"))
        return session

    return workshop.overlays.get("python", install)
