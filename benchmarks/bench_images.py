"""How long an image of the engine takes to be inspected: ``bench_images.py IMAGE [--peers]``.

Every way is a whole process, with its start. The ways take turns, after a round that does not
count, so that what else the machine does falls on all of them. Peaks are of the largest single
process of a way, without the engine's own, and never less than this program's; the layers of the
image are in the page cache.

With ``--peers`` other tools follow. They read archives and layouts, which are made beforehand and
are not in their times, so jettison reads the same ones beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from jettison.engine.clients import StoreClient, find_client
from jettison.engine.store import StoreAccess, known_images, stored_image
from jettison.imaging import Subject, inspect_image
from jettison.report.inspection.json import inspection_to_json

JETTISON = str(Path(sys.executable).parent / "jettison")
BENCH_OCI = Path(__file__).with_name("bench_oci.py")
PEERS = ("skopeo", "umoci", "dive", "syft")


@dataclass
class Way:
    """One way of reading the image; the output goes to a file, the folders in ``makes`` anew."""

    name: str
    argv: list[str]
    makes: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    failure: str = ""


def inspect_saved(image: str) -> None:
    """``jettison inspect IMAGE --json`` for a user who may not read the layers' folders."""
    client = find_client()
    stored = stored_image(client, image, folders=False)
    if stored is None or stored.access is not StoreAccess.SAVED:
        sys.exit(f"there is no image {image}")
    unknown = (None,) * len(stored.layers)
    subject = Subject(image, stored.access.value, stored.config, stored.layers, unknown)
    sys.stdout.write(inspection_to_json(inspect_image(subject, known=known_images(client))))


def run_once(way: Way, scratch: Path) -> tuple[float, float]:
    """Wall seconds and peak megabytes."""
    if way.makes is not None:
        shutil.rmtree(way.makes, ignore_errors=True)
    environment = {**os.environ, "TMPDIR": str(scratch), **way.environment}
    with (scratch / "out").open("wb") as out, (scratch / "errors").open("w+b") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            way.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip().splitlines()
            way.failure = f"exit {process.returncode}: {said[-1] if said else 'said nothing'}"
    return seconds, usage.ru_maxrss * 1024 / 1e6


def take_turns(ways: list[Way], rounds: int, scratch: Path) -> None:
    for number in range(rounds + 1):
        for way in ways:
            if way.failure:
                continue
            seconds, peak = run_once(way, scratch)
            note = "warm-up" if number == 0 else f"round {number}"
            print(f"# {note}: {way.name}: {seconds:.2f} s {way.failure}", file=sys.stderr)
            if number and not way.failure:
                way.seconds.append(seconds)
                way.peaks.append(peak)


def report(ways: list[Way], baseline: Way) -> None:
    """A table in Markdown; ratios are of medians."""
    print("| Way | Median | Fastest to slowest | Ratio | Peak |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for way in ways:
        if way.failure or not way.seconds:
            print(f"| {way.name} | failed: {way.failure} | | | |")
            continue
        median = statistics.median(way.seconds)
        ratio = "-"
        if baseline.seconds:
            ratio = f"{median / statistics.median(baseline.seconds):.2f}"
        print(
            f"| {way.name} | {median:.2f} s | {min(way.seconds):.2f} to {max(way.seconds):.2f} s "
            f"| {ratio} | {max(way.peaks):.0f} MB |"
        )


def engine_ways(client: StoreClient, image: str) -> list[Way]:
    """The baseline is the first."""
    pipe = f"{shlex.quote(client.program)} save {shlex.quote(image)} | sha256sum"
    return [
        Way("`docker save \\| sha256sum`", ["sh", "-c", pipe]),
        Way("`jettison inspect --json`, layer folders", [JETTISON, "inspect", image, "--json"]),
        Way(
            "`jettison inspect --json`, through `docker image save`",
            [sys.executable, __file__, "--saved", image],
        ),
        Way(
            "reading alone with every digest, layer folders",
            [sys.executable, str(BENCH_OCI), "--child", "digests", image],
        ),
    ]


def peer_ways(client: StoreClient, image: str, scratch: Path) -> list[Way]:
    archive, layout = scratch / "image.tar", scratch / "layout"
    subprocess.run([client.program, "save", "-o", str(archive), image], check=True)
    found = {name: shutil.which(name) for name in PEERS}
    ways = [
        Way("`jettison inspect --json`, archive", [JETTISON, "inspect", str(archive), "--json"])
    ]
    if skopeo := found["skopeo"]:
        source = f"docker-archive:{archive}"
        copy = [skopeo, "copy", "--insecure-policy", source]
        subprocess.run([*copy, f"oci:{layout}:bench"], check=True, stdout=subprocess.DEVNULL)
        copied, bundle = scratch / "copied", scratch / "bundle"
        ways += [
            Way("`skopeo inspect`, archive", [skopeo, "inspect", source]),
            Way("`skopeo copy`, archive to layout", [*copy, f"oci:{copied}:bench"], copied),
            Way(
                "`jettison inspect --json`, gzip layout",
                [JETTISON, "inspect", f"oci:{layout}", "--json"],
            ),
        ]
        if umoci := found["umoci"]:
            argv = [umoci, "unpack", "--image", f"{layout}:bench", str(bundle)]
            ways.append(Way("`umoci unpack`, gzip layout", argv, bundle))
    if dive := found["dive"]:
        argv = [dive, "--source", "docker-archive", str(archive), "--json", str(scratch / "dive")]
        ways.append(Way("`dive --json`, archive", argv, environment={"CI": "true"}))
    if syft := found["syft"]:
        argv = [syft, f"docker-archive:{archive}", "-o", "json"]
        quiet = {"SYFT_CHECK_FOR_APP_UPDATE": "false"}
        ways.append(Way("`syft -o json`, archive", argv, environment=quiet))
    for name in (name for name, path in found.items() if path is None):
        print(f"# missing: {name}")
    return ways


def describe(client: StoreClient, image: str) -> None:
    asked = [client.program, "image", "inspect", "--", image]
    item = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)[0]
    version = [client.program, "version", "--format", "{{.Server.Version}}"]
    engine = subprocess.run(version, check=True, capture_output=True, text=True).stdout.strip()
    load = ", ".join(f"{number:.2f}" for number in os.getloadavg())
    print(
        f"# {time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores, Docker {engine} "
        f"({item['GraphDriver']['Name']}), Python {platform.python_version()}, load {load}\n"
        f"# {image}: {item['Size'] / 1e9:.2f} GB, {len(item['RootFS']['Layers'])} layers"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image")
    parser.add_argument("--peers", action="store_true", help="measure other tools after that")
    parser.add_argument("--only-peers", action="store_true", help="measure other tools alone")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--saved", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.saved:
        inspect_saved(options.image)
        return
    client = find_client()
    describe(client, options.image)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if not options.only_peers:
            ways = engine_ways(client, options.image)
            take_turns(ways, options.rounds, scratch)
            report(ways, ways[0])
        if options.peers or options.only_peers:
            ways = peer_ways(client, options.image, scratch)
            take_turns(ways, options.rounds, scratch)
            report(ways, ways[0])
    print(f"# load at the end: {', '.join(f'{number:.2f}' for number in os.getloadavg())}")


if __name__ == "__main__":
    main()
