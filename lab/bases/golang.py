"""`golang:1.19`: Debian's Go below /usr/local/go, with a C compiler and Git, on Debian."""

from lab.bases import debian
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.layers import pack
from lab.workshop import Workshop

_TOOLS = """
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


def make(workshop: Workshop) -> Made:
    """Make the image."""
    tools = workshop.session("golang-tools", [workshop.root])
    tools.run(_TOOLS, workshop.log("golang"))
    go = workshop.session("golang", list(tools.trees()))
    version = go.run(_GO, workshop.log("golang")).rpartition("go version go")[2].split()[0]
    layers = (
        (debian.layer(workshop), debian.HISTORY),
        (pack(tools.upper, workshop.blobs), "RUN apt-get install g++ gcc git libc6-dev make …"),
        (pack(go.upper, workshop.blobs), f"# Go {version}"),
    )
    go.discard()
    tools.discard()
    environment = {
        "PATH": f"/go/bin:/usr/local/go/bin:{PATH}",
        "GOLANG_VERSION": version,
        "GOPATH": "/go",
    }
    return Made(layers, Settings(environment=environment, command=("bash",), folder="/go"))
