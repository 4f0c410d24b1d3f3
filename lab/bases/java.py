"""`eclipse-temurin:17-jre`, `:17-jdk` and Maven's image: Debian's OpenJDK 17 at /opt/java/openjdk.

The runtime is linked from the JDK's modules as Adoptium links its own: all but the tools'.
"""

from pathlib import Path

from lab.bases import debian
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.layers import Layer, pack
from lab.roots import Overlay
from lab.workshop import Workshop

_HOME = "/opt/java/openjdk"
_ENTRY = "/__cacert_entrypoint.sh"
_ENTRY_POINT = f"printf '#!/bin/sh\\nexec \"$@\"\\n' > {_ENTRY}\nchmod 755 {_ENTRY}\n"
_JDK = f"""
mkdir -p /usr/share/man/man1 /opt/java
apt-get update -q
apt-get install -y -q --no-install-recommends ca-certificates netbase openjdk-17-jdk-headless wget
ln -s /usr/lib/jvm/java-17-openjdk-* {_HOME}
{_ENTRY_POINT}"""
_TOOLS = (
    "compiler javadoc jdeps jlink jshell jartool jconsole jcmd jstatd jdi jpackage attach "
    "hotspot.agent internal.ed internal.le internal.opt editpad unsupported.desktop rmic"
)
_LINK = f"""
modules=$({_HOME}/bin/java --list-modules | cut -d@ -f1)
for tool in {_TOOLS}; do
    modules=$(echo "$modules" | grep -v "^jdk.$tool$")
done
{_HOME}/bin/jlink --add-modules "$(echo $modules | tr ' ' ,)" --no-man-pages --no-header-files \
    --output /mnt/openjdk
cp --remove-destination -L {_HOME}/lib/security/cacerts /mnt/openjdk/lib/security/cacerts
"""
_JRE = f"""
apt-get update -q
apt-get install -y -q --no-install-recommends \
    ca-certificates fontconfig libfreetype6 libharfbuzz0b libjpeg62-turbo liblcms2-2 netbase tzdata
mkdir -p /opt/java
cp -a /mnt/openjdk {_HOME}
{_ENTRY_POINT}"""
_MAVEN = """
apt-get install -y -q --no-install-recommends curl git maven openssh-client
mvn --version
"""


def make_jre(workshop: Workshop) -> Made:
    """Make the image that runs Java."""
    linked = workshop.shared_tree("java-linked", lambda tree: _link(workshop, tree))
    session = workshop.session("java-jre", [workshop.root])
    session.run(_JRE, workshop.log("java-jre"), exchange=linked)
    layer = pack(session.upper, workshop.blobs)
    session.discard()
    return _made(workshop, ((layer, "# OpenJDK 17, modules to run programs"),), ())


def make_jdk(workshop: Workshop) -> Made:
    """Make the image that compiles Java."""
    return _made(workshop, (_jdk_layer(workshop),), ("jshell",))


def make_maven(workshop: Workshop) -> Made:
    """Make the image with Maven."""
    session = workshop.session("java-maven", list(_jdk(workshop).trees()))
    session.run(_MAVEN, workshop.log("java-maven"))
    layer = pack(session.upper, workshop.blobs)
    session.discard()
    return _made(workshop, (_jdk_layer(workshop), (layer, "# Maven, Git, curl")), ("mvn",))


def _link(workshop: Workshop, tree: Path) -> None:
    session = workshop.session("java-link", list(_jdk(workshop).trees()))
    session.run(_LINK, workshop.log("java-link"), exchange=tree)
    session.discard()


def _jdk(workshop: Workshop) -> Overlay:
    def install() -> Overlay:
        session = workshop.session("java-jdk", [workshop.root])
        session.run(_JDK, workshop.log("java-jdk"))
        return session

    return workshop.overlays.get("java-jdk", install)


def _jdk_layer(workshop: Workshop) -> tuple[Layer, str]:
    layer = workshop.shared_layer("java-jdk", lambda: _jdk(workshop).upper)
    return layer, "RUN apt-get install openjdk-17-jdk-headless"


def _made(
    workshop: Workshop, layers: tuple[tuple[Layer, str], ...], command: tuple[str, ...]
) -> Made:
    """The layers on Debian's, with the settings that these images share."""
    environment = {
        "JAVA_HOME": _HOME,
        "PATH": f"{_HOME}/bin:{PATH}",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }
    entry = () if command == ("mvn",) else (_ENTRY,)
    settings = Settings(environment=environment, entrypoint=entry, command=command)
    return Made(((debian.layer(workshop), debian.HISTORY), *layers), settings)
