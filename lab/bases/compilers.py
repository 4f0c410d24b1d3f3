"""`golang:1.19` and `rust:1`: Debian's Go and Rust on Debian, with a C compiler and Git.

Go is below /usr/local/go; the Rust is the one that Debian builds its browsers with.
"""

from lab.bases import debian
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.layers import Layer, pack
from lab.workshop import Workshop

_GO_TOOLS = """
apt-get update -q
apt-get install -y -q --no-install-recommends \
    ca-certificates curl g++ gcc git libc6-dev make netbase pkg-config wget
"""
_GO = r"""
mkdir /tmp/debs /tmp/tree
apt-get install -y -q --no-install-recommends --download-only -o APT::Keep-Downloaded-Packages=1 \
    -o Dir::Cache::archives=/tmp/debs golang-1.19-go golang-1.19-src
for package in /tmp/debs/golang*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C /tmp/tree
done
cp -a /tmp/tree/usr/share/go-1.19 /usr/local/go
cd /tmp/tree/usr/lib/go-1.19
find . ! -type l -print0 | tar -c --null --no-recursion -T - | tar -x -C /usr/local/go
cd /
rm -rf /usr/local/go/test /usr/local/go/api /usr/local/go/misc /tmp/debs /tmp/tree
mkdir -p /go/src /go/bin
chmod -R 777 /go
/usr/local/go/bin/go version
"""
_RUST_TOOLS = """
apt-get update -q
apt-get install -y -q --no-install-recommends \
    ca-certificates curl g++ gcc git libc6-dev libpq-dev libsqlite3-dev libssl-dev make netbase \
    pkg-config wget
"""
_RUST = """
apt-get install -y -q --no-install-recommends cargo-web rustc-web
mkdir -p /usr/local/cargo/bin
ln -s /usr/bin/cargo /usr/bin/rustc /usr/bin/rustdoc /usr/local/cargo/bin
chmod -R a+w /usr/local/cargo
rustc --version
"""


def make_go(workshop: Workshop) -> Made:
    """Make the image that compiles Go."""
    tools, go, said = _installed(workshop, "golang", _GO_TOOLS, _GO)
    version = said.rpartition("go version go")[2].split()[0]
    layers = (
        (debian.layer(workshop), debian.HISTORY),
        (tools, "RUN apt-get install g++ gcc git libc6-dev make …"),
        (go, f"# Go {version}"),
    )
    environment = {
        "PATH": f"/go/bin:/usr/local/go/bin:{PATH}",
        "GOLANG_VERSION": version,
        "GOPATH": "/go",
    }
    return Made(layers, Settings(environment=environment, command=("bash",), folder="/go"))


def make_rust(workshop: Workshop) -> Made:
    """Make the image that compiles Rust."""
    tools, rust, said = _installed(workshop, "rust", _RUST_TOOLS, _RUST)
    version = said.rpartition("rustc ")[2].split()[0]
    layers = (
        (debian.layer(workshop), debian.HISTORY),
        (tools, "RUN apt-get install g++ gcc git libssl-dev …"),
        (rust, f"# Rust {version}"),
    )
    environment = {
        "CARGO_HOME": "/usr/local/cargo",
        "PATH": f"/usr/local/cargo/bin:{PATH}",
        "RUST_VERSION": version,
    }
    return Made(layers, Settings(environment=environment, command=("bash",)))


def _installed(
    workshop: Workshop, name: str, tools: str, compiler: str
) -> tuple[Layer, Layer, str]:
    """The layers that two scripts make on Debian, and what the second said."""
    below = workshop.session(f"{name}-tools", [workshop.root])
    below.run(tools, workshop.log(name))
    above = workshop.session(name, list(below.trees()))
    said = above.run(compiler, workshop.log(name))
    layers = pack(below.upper, workshop.blobs), pack(above.upper, workshop.blobs)
    above.discard()
    below.discard()
    return *layers, said
