"""`node:25-alpine` and `node:25-slim`: Node, npm and Yarn below /usr/local and /opt."""

import shutil
from pathlib import Path

from lab.bases import alpine, debian
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.layers import Layer, pack
from lab.stage import Stage
from lab.workshop import NODE_VERSION, NPM_VERSION, YARN_VERSION, Workshop

_HISTORY = f"# Node {NODE_VERSION}, npm {NPM_VERSION}, Yarn {YARN_VERSION}"
_OPENSSL = {"amd64": "linux-x86_64", "arm64": "linux-aarch64"}
_USER = alpine.Account("node", 1000, "/home/node", "/bin/sh")
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
    for library in ("libstdc++.so.6", "libdl.so.2", "libpthread.so.0"):
        top.take(f"usr/lib/{workshop.machine.triplet}/{library}")
    alpine.accounts(top, _USER)
    _home_and_entrypoint(top)
    layers = (
        (alpine.layer(workshop), alpine.HISTORY),
        (_node_layer(workshop), _HISTORY),
        (alpine.finish(workshop, top), "# libraries, user node, entrypoint"),
    )
    return Made(layers, _settings(workshop))


def make_slim(workshop: Workshop) -> Made:
    """Make the image on `debian:bookworm-slim`."""
    tree = workshop.folders.scratch("stage-node-slim")
    tree.chmod(0o755)
    top = Stage(tree, [workshop.root], workshop.machine.triplet)
    for name in ("passwd", "group", "shadow"):
        text = (workshop.root / "etc" / name).read_text()
        line = {
            "passwd": "node:x:1000:1000::/home/node:/bin/bash\n",
            "group": "node:x:1000:\n",
            "shadow": "node:!:20089::::::\n",
        }[name]
        top.write(f"etc/{name}", text + line, 0o640 if name == "shadow" else 0o644)
    shutil.chown(tree / "etc/shadow", group=42)
    _home_and_entrypoint(top)
    if workshop.machine.certificates:
        top.write("etc/ssl/certs/ca-certificates.crt", _own_certificates(workshop))
    layers = (
        (debian.layer(workshop), debian.HISTORY),
        (_node_layer(workshop), _HISTORY),
        (pack(tree, workshop.blobs), "# user node, entrypoint"),
    )
    shutil.rmtree(tree)
    return Made(layers, _settings(workshop))


def _node_layer(workshop: Workshop) -> Layer:
    """The layer that both images share."""

    def fill(tree: Path) -> None:
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

    return workshop.shared_layer("node", lambda: workshop.shared_tree("node", fill))


def _home_and_entrypoint(top: Stage) -> None:
    """The user's home folder and the entrypoint script."""
    top.folder("home")
    top.folder("home/node", 0o755, (1000, 1000))
    alpine.own_files(top, "node")


def _own_certificates(workshop: Workshop) -> str:
    """The machine's own certificates in one text."""
    return "".join(path.read_text() for path in workshop.machine.certificates)


def _settings(workshop: Workshop) -> Settings:
    """Run settings; with the machine's certificates, if it has some of its own."""
    environment = {"PATH": PATH, "NODE_VERSION": NODE_VERSION, "YARN_VERSION": YARN_VERSION}
    if workshop.machine.certificates:
        environment["NODE_EXTRA_CA_CERTS"] = "/etc/ssl/certs/ca-certificates.crt"
    return Settings(
        environment=environment, entrypoint=("docker-entrypoint.sh",), command=("node",)
    )
