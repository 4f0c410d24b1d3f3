"""How fast an image is read, and in how much memory: ``bench_oci.py [ARCHIVE | --files N]``.

Reads a docker archive, an OCI layout or the layer folders of an engine. Without an argument it
makes an archive of its own. Every way of reading runs in a process of its own, so that the peak
is that way's alone; GB/s counts uncompressed bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jettison.images import open_subject
from jettison.oci import (
    Entry,
    EntryKind,
    TarWriter,
    read_tree,
    waste,
)
from jettison.oci.config import History, new_config
from jettison.oci.digest import Digest
from jettison.oci.platform import Platform
from jettison.oci.tar.writer import headers

MODES = ("skim", "verify", "digests", "hash")


def synthetic(path: Path, files: int, file_bytes: int) -> None:
    """Writes a docker archive of one layer; the contents are holes, which cost no disk."""
    folder = "0" * 64
    per_file = 512 + -(-file_bytes // 512) * 512
    names = [f"usr/lib/node_modules/package-{number // 50}" for number in range(0, files, 50)]
    layer_bytes = len(names) * 512 + files * per_file + 1024
    with path.open("wb") as target:
        member = Entry(f"{folder}/layer.tar", EntryKind.FILE, content_bytes=layer_bytes)
        target.write(headers(member))
        end = target.tell() + layer_bytes
        for number, name in enumerate(names):
            target.write(headers(Entry(name, EntryKind.DIRECTORY, mode=0o755)))
            for item in range(min(50, files - 50 * number)):
                entry = Entry(
                    f"{name}/module_{number}_{item}.js", EntryKind.FILE, content_bytes=file_bytes
                )
                target.write(headers(entry))
                target.seek(per_file - 512, io.SEEK_CUR)
        target.truncate(end)
        target.seek(end)
        target.write(bytes(-layer_bytes % 512))
        # The diff ID is not that of the holes: this archive is for reading without verifying.
        platform = Platform("linux", "amd64")
        config = new_config(platform, [Digest.of(b"")], [History("synthetic")])
        writer = TarWriter(target)
        writer.add(Entry("config.json", EntryKind.FILE), config.raw)
        listing = {"Config": "config.json", "RepoTags": [], "Layers": [f"{folder}/layer.tar"]}
        writer.add(Entry("manifest.json", EntryKind.FILE), json.dumps([listing]).encode())
        writer.close()


def read(source: str, mode: str) -> dict[str, float]:
    """Reads once; the numbers of this process."""
    start, cpu = time.perf_counter(), time.process_time()
    if mode == "hash":
        hasher = hashlib.sha256()
        with Path(source).open("rb") as file:
            while piece := file.read(1 << 20):
                hasher.update(piece)
        entries, tree_bytes, length = 0, 0, Path(source).stat().st_size
    else:
        layers = open_subject(source).subject.layers
        digests = mode in ("digests", "digests unverified")
        verify = mode not in ("skim", "digests unverified")
        tree = read_tree(layers, digests=digests, verify=verify)
        found = waste(tree)
        entries, tree_bytes, length = len(tree), found.tree_bytes, found.layer_bytes
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "cpu_seconds": time.process_time() - cpu,
        "entries": entries,
        "tree_bytes": tree_bytes,
        "gigabytes_per_second": length / seconds / 1e9,
        "peak_rss_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def report(source: str, mode: str) -> None:
    command = [sys.executable, __file__, "--child", mode, source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{mode:20} failed: {done.stderr.strip().splitlines()[-1]}")
        return
    numbers = json.loads(done.stdout)
    print(
        f"{mode:20} {numbers['seconds']:7.2f} s {numbers['cpu_seconds']:7.2f} s CPU "
        f"{numbers['gigabytes_per_second']:6.2f} GB/s {numbers['peak_rss_megabytes']:6.0f} MB peak "
        f"{numbers['entries']:9,.0f} entries"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", nargs="?", help="an image as jettison inspect takes it")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--file-bytes", type=int, default=10_000)
    parser.add_argument("--modes", nargs="+")
    parser.add_argument("--child", metavar="MODE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(read(options.source, options.child)))
        return
    if options.source:
        for mode in options.modes or MODES:
            if mode != "hash" or os.path.isfile(options.source):  # noqa: PTH113 - text or path
                report(options.source, mode)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synthetic.tar"
        synthetic(path, options.files, options.file_bytes)
        print(f"{options.files:,} files of {options.file_bytes:,} bytes, in a file with holes")
        for mode in options.modes or ("skim", "digests unverified", "hash"):
            report(str(path), mode)


if __name__ == "__main__":
    main()
