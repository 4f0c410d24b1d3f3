"""`eclipse-temurin:17-jre`, `:17-jdk` and Maven's image: Debian's OpenJDK 17 at /opt/java/openjdk.

Each stands on the one before it, so that they share their layers.
"""

from lab.bases import debian
from lab.bases.recipe import PATH, Made
from lab.images import Settings
from lab.layers import Layer
from lab.roots import Overlay
from lab.workshop import Workshop

_HOME = "/opt/java/openjdk"
_ENTRY = "/__cacert_entrypoint.sh"
_SCRIPTS = {
    "jre": f"""
mkdir -p /usr/share/man/man1
apt-get update -q
apt-get install -y -q --no-install-recommends ca-certificates netbase openjdk-17-jre-headless
mkdir -p /opt/java
ln -s /usr/lib/jvm/java-17-openjdk-* {_HOME}
printf '#!/bin/sh\\nexec "$@"\\n' > {_ENTRY}
chmod 755 {_ENTRY}
""",
    "jdk": "apt-get install -y -q --no-install-recommends openjdk-17-jdk-headless\n",
    "maven": """
apt-get install -y -q --no-install-recommends maven
mvn --version
""",
}


def make_jre(workshop: Workshop) -> Made:
    """Make the image that runs Java."""
    return Made(_layers(workshop, "jre"), _settings(()))


def make_jdk(workshop: Workshop) -> Made:
    """Make the image that compiles Java."""
    return Made(_layers(workshop, "jdk"), _settings(("jshell",)))


def make_maven(workshop: Workshop) -> Made:
    """Make the image with Maven."""
    settings = Settings(
        environment={**_environment(), "MAVEN_HOME": "/usr/share/maven"}, command=("mvn",)
    )
    return Made(_layers(workshop, "maven"), settings)


def _layers(workshop: Workshop, last: str) -> tuple[tuple[Layer, str], ...]:
    """The layers up to the one of that name, with their history."""
    names = list(_SCRIPTS)
    taken = names[: names.index(last) + 1]
    own = ((_layer(workshop, name), f"# OpenJDK 17, {name}") for name in taken)
    return ((debian.layer(workshop), debian.HISTORY), *own)


def _layer(workshop: Workshop, name: str) -> Layer:
    return workshop.shared_layer(f"java-{name}", lambda: _root(workshop, name).upper)


def _root(workshop: Workshop, name: str) -> Overlay:
    """The root with everything up to that name."""

    def install() -> Overlay:
        names = list(_SCRIPTS)
        below = names[: names.index(name)]
        lowers = list(_root(workshop, below[-1]).trees()) if below else [workshop.root]
        session = workshop.session(f"java-{name}", lowers)
        session.run(_SCRIPTS[name], workshop.log("java"))
        return session

    return workshop.overlays.get(f"java-{name}", install)


def _settings(command: tuple[str, ...]) -> Settings:
    return Settings(environment=_environment(), entrypoint=(_ENTRY,), command=command)


def _environment() -> dict[str, str]:
    return {
        "JAVA_HOME": _HOME,
        "PATH": f"{_HOME}/bin:{PATH}",
        "LANG": "en_US.UTF-8",
        "LC_ALL": "en_US.UTF-8",
    }
