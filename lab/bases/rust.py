"""`rust:1`: the Rust that Debian builds its browsers with, a C compiler and Git, on Debian."""

from lab.bases import debian
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.layers import pack
from lab.workshop import Workshop

_TOOLS = """
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


def make(workshop: Workshop) -> Made:
    """Make the image."""
    tools = workshop.session("rust-tools", [workshop.root])
    tools.run(_TOOLS, workshop.log("rust"))
    rust = workshop.session("rust", list(tools.trees()))
    version = rust.run(_RUST, workshop.log("rust")).rpartition("rustc ")[2].split()[0]
    layers = (
        (debian.layer(workshop), debian.HISTORY),
        (pack(tools.upper, workshop.blobs), "RUN apt-get install g++ gcc git libssl-dev …"),
        (pack(rust.upper, workshop.blobs), f"# Rust {version}"),
    )
    rust.discard()
    tools.discard()
    environment = {
        "CARGO_HOME": "/usr/local/cargo",
        "PATH": f"/usr/local/cargo/bin:{PATH}",
        "RUST_VERSION": version,
    }
    return Made(layers, Settings(environment=environment, command=("bash",)))
