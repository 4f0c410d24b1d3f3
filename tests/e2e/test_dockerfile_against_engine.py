"""The settings that we say an image has are those that the engine gives it.

Nothing is run and nothing copied: what ENV and LABEL hold in a built image tells how words are
expanded.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jettison.dockerfile import Settings, final_state, parse_text

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.engine

DOCKER = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"

VARIABLES = """\
FROM scratch
ENV word=foobarbaz path=/a/b.tar.gz empty= two="x y" star='*b' slash=\\\\ dollar='$1'
"""
WORDS = (
    r"""
plain|$word|${word}|x${word}y|$words|\$word|\\$word|'$word'|"$word"|"'$word'"|a\ b|"a b"|'a b'
"a\"b"|"\a"|\a|$two|"$two"|$|$?|$1a|a$,b|$empty|${word:-d}|${empty:-d}|${none:-d}|${word-d}
${empty-d}|${none-d}|${none:-$word}|${word:+d}|${empty:+d}|${none:+d}|${word+d}|${empty+d}
${none+d}|${word:?m}|${empty?m}|${none:-${empty:-${two}}}|"${none:-"q"}"|${none:-'}'}|${none:-\}}
${path#*.}|${path##*.}|${path%.*}|${path%%.*}|${path#/}|${path%/*}|${path#x}|${word#f?o}
${word#$star}|${word##$star}|${word%ba*}|${word%%ba*}|${word#*}|${word##*}|${word/ba/BA}
${word//ba/BA}|${word/b?r/}|${word//[a]/}|${path//\//-}|${word/$star/-}
${word//a/$dollar}|${word/x/y}|${none/x/y}|${word//o*b/-}|${empty/x/y}
""".strip()
    .replace("\n", "|")
    .split("|")
)

FILES = {
    "order of ARG and ENV": """\
ARG G=global
FROM scratch
ENV A=1 B=$A
ARG G C=c
ENV D=$G$C A=2
ARG A=3
ENV E=$A
ARG TARGETARCH TARGETOS
LABEL platform=$TARGETOS/$TARGETARCH
""",
    "inheritance": """\
FROM scratch AS one
ENV A=1
ARG V=arg
USER 1000:1000
WORKDIR /srv
EXPOSE 80 90-91/udp
VOLUME /data
CMD ["serve"]
HEALTHCHECK --interval=1m30s --retries=2 CMD curl x
ONBUILD ENV O=$A$V
FROM one AS two
WORKDIR sub/../dir
ENTRYPOINT exec thing
LABEL "a b"="c \\"d\\"" e='f g' h=i\\ j
STOPSIGNAL SIGQUIT
FROM two
SHELL ["/bin/ash", "-eu", "-c"]
CMD run me
""",
    "old forms": """\
FROM scratch
ENV A one  two "three"
LABEL key some 'quoted' value
ENV B="x" \\
    # between
    C=y

maintainer Me
""",
    "backtick": """\
# escape=`
FROM scratch
ENV A=C:\\new`
dir B="a`"b" C=`$A D=$A\\x
LABEL l=$D
""",
    "expose": """\
FROM scratch
ENV P=8080 Q="1 2/udp"
EXPOSE $P ${NONE:-53}/udp $Q 7-9
""",
}  # fmt: skip


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that builds a Dockerfile and gives the image's settings."""
    folder = tmp_path_factory.mktemp("settings")

    def built(text: str, build_args: Mapping[str, str]) -> dict[str, Any]:
        iid = folder / "iid"
        argv = [DOCKER, "buildx", "build", "--load", "--iidfile", str(iid), "--file", "-"]
        for name, value in build_args.items():
            argv += ["--build-arg", f"{name}={value}"]
        env = {**os.environ, "BUILDX_NO_DEFAULT_ATTESTATIONS": "1", "TMPDIR": str(folder)}
        argv.append(str(folder))
        done = subprocess.run(
            argv, input=text, capture_output=True, text=True, check=False, env=env
        )
        assert done.returncode == 0, done.stderr
        image = iid.read_text()
        argv = [DOCKER, "image", "inspect", "--format", "{{json .Config}}", image]
        shown = subprocess.run(argv, capture_output=True, text=True, check=True)
        subprocess.run([DOCKER, "image", "rm", image], capture_output=True, check=False)
        config: dict[str, Any] = json.loads(shown.stdout)
        return config

    return built


def expected(text: str, build_args: Mapping[str, str]) -> dict[str, Any]:
    dockerfile = parse_text(text, build_args=build_args)
    settings = Settings(build_args=build_args)
    state = final_state(dockerfile, dockerfile.target, settings=settings)
    return {
        "Env": [f"{name}={value}" for name, value in state.env.items()],
        "User": state.user,
        "WorkingDir": state.workdir,
        "Cmd": list(state.cmd) if state.cmd else None,
        "Entrypoint": list(state.entrypoint) if state.entrypoint else None,
        "ExposedPorts": {port: {} for port in state.exposed} or None,
        "Volumes": {path: {} for path in state.volumes} or None,
        "Labels": dict(state.labels) or None,
        "StopSignal": state.stopsignal,
        "Healthcheck": state.healthcheck is not None,
    }


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
@pytest.mark.parametrize("build_args", [{}, {"G": "given", "V": "$A", "C": ""}], ids=["", "args"])
def test_settings(build: Any, text: str, build_args: dict[str, str]) -> None:
    config = build(text, build_args)
    config["Healthcheck"] = "Healthcheck" in config
    ours = expected(text, build_args)
    assert ours == {key: config.get(key) for key in ours}


def test_words(build: Any) -> None:
    labels = "".join(f"LABEL w{number}={word}\n" for number, word in enumerate(WORDS))
    config = build(VARIABLES + labels, {})
    assert config["Labels"] == expected(VARIABLES + labels, {})["Labels"]
