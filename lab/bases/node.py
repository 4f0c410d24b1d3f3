"""`node:25-alpine` and `node:25-slim`: Node, npm and Yarn below /usr/local and /opt."""

import shutil
from pathlib import Path

from lab.bases import alpine, debian
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.layers import Layer, pack
from lab.workshop import FILES, NODE_VERSION, NPM_VERSION, YARN_VERSION, Workshop

_HISTORY = f"# Node {NODE_VERSION}, npm {NPM_VERSION}, Yarn {YARN_VERSION}"
_OPENSSL = {"amd64": "linux-x86_64", "arm64": "linux-aarch64"}
# What binaries of npm packages (rollup, esbuild) link to beside Node's own libraries.
_LIBRARIES = (*("libdl.so.2", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1"),)
_USER = alpine.Account("node", 1000, "/home/node", "/bin/sh")
_SLIM = """
apt-get update -q
apt-get install -y -q --no-install-recommends libatomic1
groupadd --gid 1000 node
useradd --uid 1000 --gid node --shell /bin/bash --create-home node
chage --lastday 2025-01-01 node
install -m 755 /mnt/usr/local/bin/docker-entrypoint.sh /usr/local/bin/
if [ -n "$OWN_CERTIFICATES" ]; then
    mkdir -p /etc/ssl/certs
    printf '%s' "$OWN_CERTIFICATES" > /etc/ssl/certs/ca-certificates.crt
fi
"""
_LINKS = {
    "nodejs": "node",
    "npm": "../lib/node_modules/npm/bin/npm-cli.js",
    "npx": "../lib/node_modules/npm/bin/npx-cli.js",
    "yarn": f"/opt/yarn-v{YARN_VERSION}/bin/yarn",
    "yarnpkg": f"/opt/yarn-v{YARN_VERSION}/bin/yarnpkg",
}


def make_alpine(workshop: Workshop) -> Made:
    """Make the image on the common layer of the alpine stand-ins."""
    top = alpine.stage(workshop, "node")
    top.take_libraries_of(_node_tree(workshop) / "usr/local/bin/node")
    for library in _LIBRARIES:
        top.take(f"usr/lib/{workshop.machine.triplet}/{library}")
    alpine.accounts(top, _USER)
    top.folder("home/node", 0o755, (1000, 1000))
    alpine.own_files(top, "node")
    layers = (
        (alpine.layer(workshop), alpine.HISTORY),
        (_node_layer(workshop), _HISTORY),
        (alpine.finish(workshop, top), "# libraries, user node, entrypoint"),
    )
    return Made(layers, _settings(workshop))


def make_slim(workshop: Workshop) -> Made:
    """Make the image on `debian:bookworm-slim`."""
    session = workshop.session("node-slim", [workshop.root])
    certificates = "".join(path.read_text() for path in workshop.machine.certificates)
    session.run(
        _SLIM,
        workshop.log("node"),
        exchange=FILES / "node",
        environment={"OWN_CERTIFICATES": certificates},
    )
    layers = (
        (debian.layer(workshop), debian.HISTORY),
        (_node_layer(workshop), _HISTORY),
        (pack(session.upper, workshop.blobs), "# libatomic1, user node, entrypoint"),
    )
    session.discard()
    return Made(layers, _settings(workshop))


def _node_tree(workshop: Workshop) -> Path:
    """Node, npm and Yarn, unpacked."""
    return workshop.shared_tree("node", lambda tree: _fill(workshop, tree))


def _node_layer(workshop: Workshop) -> Layer:
    """The layer that both images share."""
    return workshop.shared_layer("node", lambda: _node_tree(workshop))


def _fill(workshop: Workshop, tree: Path) -> None:
    """Unpack the npm packages as the official image has them."""
    local = tree / "usr/local"
    workshop.unpack_npm(workshop.node_package, NODE_VERSION, local)
    (local / "package.json").unlink()
    for headers in (local / "include/node/openssl/archs").iterdir():
        if headers.name != _OPENSSL[workshop.machine.architecture]:
            shutil.rmtree(headers)
    workshop.unpack_npm("npm", NPM_VERSION, local / "lib/node_modules/npm")
    workshop.unpack_npm("yarn", YARN_VERSION, tree / f"opt/yarn-v{YARN_VERSION}")
    for name, target in _LINKS.items():
        (local / "bin" / name).symlink_to(target)
    for folder in (tree, *tree.rglob("*")):
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o755)
    for script in [*tree.glob("opt/*/bin/*"), *local.glob("lib/node_modules/npm/bin/*-cli.js")]:
        script.chmod(0o755)


def _settings(workshop: Workshop) -> Settings:
    """Run settings; with the machine's certificates, if it has some of its own."""
    environment = {"PATH": PATH, "NODE_VERSION": NODE_VERSION, "YARN_VERSION": YARN_VERSION}
    if workshop.machine.certificates:
        environment["NODE_EXTRA_CA_CERTS"] = "/etc/ssl/certs/ca-certificates.crt"
    return Settings(
        environment=environment, entrypoint=("docker-entrypoint.sh",), command=("node",)
    )
