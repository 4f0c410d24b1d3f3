"""Node projects: package.json, lock files, development servers and what they proxy."""

from jettison.ecosystem.node.devserver import Proxy, read_proxies
from jettison.ecosystem.node.manifest import (
    DevServer,
    NodeManifest,
    dev_server_of,
    output_folder,
    read_manifest,
)

__all__ = [
    "DevServer",
    "NodeManifest",
    "Proxy",
    "dev_server_of",
    "output_folder",
    "read_manifest",
    "read_proxies",
]
