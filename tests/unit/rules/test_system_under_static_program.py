"""Static programs of Go: what their stage gives up with the distribution, and what keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.analysis import Evidence, ImageEvidence
from jettison.rules import Refused
from jettison.rules.catalog.system_under_static_program import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = "FROM golang:1.22-bookworm AS build\nWORKDIR /src\nCOPY . .\n"
_OFF = "RUN CGO_ENABLED=0 go build -o /out/web .\n"
_SLIM = "FROM debian:bookworm-slim\n"
_COPY = "COPY --from=build /out/web /web\n"
_CMD = 'CMD ["/web"]\n'
_MAIN = 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n'
_COMPOSE = "services:\n  web:\n    build: .\n"


def _files(dockerfile: str, files: Mapping[str, str]) -> dict[str, str]:
    return {
        "compose.yaml": _COMPOSE,
        "go.mod": "module example.org/web\n",
        "main.go": _MAIN,
        **files,
        "Dockerfile": dockerfile,
    }


def _after(dockerfile: str, files: Mapping[str, str] | None = None) -> tuple[str, str]:
    """The text of the stage that builds, and that of the stage that runs."""
    made = planned(RULE, _files(dockerfile, files or {}), Evidence())
    assert not made.dropped
    now = made.tree.read("Dockerfile")
    assert now is not None
    before, mark, after = now.text.rpartition("FROM gcr.io/distroless/static-debian12:")
    assert mark, made.left
    return before, after


def _refusal(
    dockerfile: str, files: Mapping[str, str] | None = None, evidence: Evidence | None = None
) -> str:
    (finding,) = planned(RULE, _files(dockerfile, files or {}), evidence or Evidence()).left
    assert isinstance(finding.remedy, Refused)
    return finding.remedy.reason


def _read(*calling: str, opened: tuple[str, ...] = ()) -> Evidence:
    programs = {"/web": frozenset(calling)}
    return Evidence(
        images={"web": ImageEvidence("web", go_programs=programs, files={"/web": 1})},
        opened={"web": frozenset(opened)},
    )


def test_root_stays_root() -> None:
    _, after = _after(f"{_HEAD}{_OFF}{_SLIM}WORKDIR /data\n{_COPY}{_CMD}")
    assert after == f"latest\nWORKDIR /data\n{_COPY}{_CMD}"


def test_folders_are_made_where_it_is_built_and_handed_over_when_they_are_copied() -> None:
    before, after = _after(
        f"{_HEAD}{_OFF}\n{_SLIM}WORKDIR /app\n{_COPY}ADD --chown=1000:1000 static ./static\n"
        "RUN mkdir -p logs /var/shop /cache && adduser --system app \\\n"
        "    && chown -R app /app/logs /var/shop\nVOLUME /var/shop\nUSER app\n"
        f"EXPOSE 8080\n{_CMD}",
        {"static/a.css": "a{}\n"},
    )
    assert before.endswith(f"{_OFF}RUN mkdir -p /made/app/logs /made/var/shop /made/cache\n\n")
    assert after == (
        f"nonroot\nWORKDIR /app\n{_COPY}ADD --chown=65532:65532 static ./static\n"
        "COPY --chown=65532:65532 --from=build /made/app/logs /app/logs\n"
        "COPY --chown=65532:65532 --from=build /made/var/shop /var/shop\n"
        "COPY --from=build /made/cache /cache\n"
        f"VOLUME /var/shop\nEXPOSE 8080\n{_CMD}"
    )


def test_all_of_a_folder_is_handed_over_with_what_is_copied_into_it() -> None:
    _, after = _after(
        f"{_HEAD}{_OFF}{_SLIM}WORKDIR /app\nCOPY --from=build /out/web /app/web\n"
        "\nRUN useradd app && chown -R app:app /app && chmod +x /app/web\nUSER app\n\n"
        'ENTRYPOINT ["/app/web"]\n'
    )
    assert after == (
        "nonroot\nWORKDIR /app\nCOPY --chown=65532:65532 --from=build /out/web /app/web\n\n"
        'ENTRYPOINT ["/app/web"]\n'
    )


def test_what_the_image_has_is_not_installed_nor_copied_and_a_simple_shell_form_goes() -> None:
    certificates = "/etc/ssl/certs/ca-certificates.crt"
    _, after = _after(
        f"{_HEAD}{_OFF}{_SLIM}# for https\nRUN apt-get update && apt-get install -y tzdata \\\n"
        "    ca-certificates && rm -rf /var/lib/apt/lists/*\n"
        f"COPY --from=build {certificates} {certificates}\n{_COPY}CMD exec /web -v\n"
    )
    assert after == f'latest\nWORKDIR /\n{_COPY}CMD ["/web", "-v"]\n'


def test_code_of_go_alone_calls_no_c_of_others() -> None:
    text = f"{_HEAD}RUN go build -o /out/web .\n{_SLIM}{_COPY}{_CMD}"
    before, _ = _after(text, {"in/in.go": 'package in\n\nimport _ "example.org/web/out"\n'})
    assert "ENV CGO_ENABLED=0\nRUN go build" in before


def test_a_time_zone_that_a_variable_names_needs_no_link() -> None:
    zone = "RUN ln -s /usr/share/zoneinfo/$TZ /etc/localtime && echo $TZ > /etc/timezone\n"
    _, after = _after(f"{_HEAD}{_OFF}{_SLIM}ENV TZ=Asia/Tokyo\n{zone}{_COPY}{_CMD}")
    assert after == f"latest\nWORKDIR /\nENV TZ=Asia/Tokyo\n{_COPY}{_CMD}"
    assert "`ln` runs" in _refusal(f"{_HEAD}{_OFF}{_SLIM}ARG TZ=Asia/Tokyo\n{zone}{_COPY}{_CMD}")


def test_options_that_people_are_told_are_the_entry_points() -> None:
    text = f'{_HEAD}{_OFF}{_SLIM}{_COPY}ENTRYPOINT ["/web"]\n'
    readme = "`docker build -t shop .` and `docker run shop %s`\n"
    assert 'ENTRYPOINT ["/web"]' in _after(text, {"README.md": readme % "--port 80"})[1]
    assert "starts `sh` in it" in _refusal(text, {"README.md": readme % "sh"})


def test_a_program_on_the_path() -> None:
    _, after = _after(
        f'{_HEAD}{_OFF}{_SLIM}COPY --from=build /out/web /usr/local/bin/\nCMD ["web"]\n'
    )
    assert 'CMD ["web"]' in after


@pytest.mark.parametrize(
    ("dockerfile", "files", "reason"),
    [
        (
            f"{_HEAD}RUN go build -o /out/web .\n{_SLIM}{_COPY}{_CMD}",
            {"main.go": 'package main\n\nimport "github.com/x/y"\n\nfunc main() { y.Do() }\n'},
            "built image tells",
        ),
        (
            f"{_HEAD}RUN go build -o /out/web .\n{_SLIM}{_COPY}{_CMD}",
            {"main.go": 'package main\n\nimport "C"\n\nfunc main() {}\n'},
            "built image tells",
        ),
        (f"{_HEAD}{_OFF}{_SLIM}{_COPY}CMD /web && true\n", {}, ""),
        (f"{_HEAD}{_OFF}{_SLIM}{_COPY}CMD /web $PORT\n", {}, ""),
        (f"{_HEAD}{_OFF}{_SLIM}{_COPY}CMD A=1 /web\n", {}, ""),
        (f'{_HEAD}{_OFF}{_SLIM}{_COPY}ENTRYPOINT /web\nCMD ["-v"]\n', {}, "a shell starts it"),
        (
            f"{_HEAD}{_OFF}{_SLIM}RUN apt-get install -y ffmpeg\n{_COPY}{_CMD}",
            {},
            "package ffmpeg",
        ),
        (f"{_HEAD}{_OFF}{_SLIM}{_COPY}RUN /web --migrate\n{_CMD}", {}, "`web` runs"),
        (f"{_HEAD}{_OFF}{_SLIM}{_COPY}RUN chown 5 /etc\n{_CMD}", {}, "handed over"),
        (
            f"{_HEAD}{_OFF}{_SLIM}{_COPY}{_CMD}",
            {"main.go": 'package main\n\nimport "os/exec"\n\nfunc main() { exec.Command("ls") }\n'},
            "os/exec",
        ),
        (
            f"{_HEAD}{_OFF}{_SLIM}{_COPY}{_CMD}",
            {"compose.yaml": f"{_COMPOSE}    command: sh -c '/web'\n"},
            "started by a shell",
        ),
        (
            f"{_HEAD}{_OFF}{_SLIM}{_COPY}{_CMD}",
            {"compose.yaml": f"{_COMPOSE}    healthcheck:\n      test: curl localhost\n"},
            "health check of web",
        ),
        (
            f"{_HEAD}{_OFF}{_SLIM}{_COPY}{_CMD}",
            {"README.md": "`docker compose exec web bash`\n"},
            "bash",
        ),
        (
            f"{_HEAD}RUN CGO_ENABLED=0 go build -buildmode=pie -o /out/web .\n{_SLIM}{_COPY}{_CMD}",
            {},
            "-buildmode",
        ),
        (
            f"{_HEAD}RUN CGO_ENABLED=1 go build -o /out/web .\n{_SLIM}{_COPY}{_CMD}",
            {},
            "CGO_ENABLED is what",
        ),
    ],
)
def test_what_keeps_the_distribution(
    dockerfile: str, files: Mapping[str, str], reason: str
) -> None:
    made = planned(RULE, _files(dockerfile, files), Evidence())
    text = made.tree.read("Dockerfile")
    assert text is not None
    assert text.text == dockerfile
    if reason:
        assert reason in _refusal(dockerfile, files)
    else:
        assert not made.left


def test_the_built_program_tells_what_calls_c() -> None:
    text = f"{_HEAD}RUN go build -o /out/web .\n{_SLIM}{_COPY}{_CMD}"
    assert "go-sqlite3 calls C" in _refusal(text, None, _read("net", "github.com/x/go-sqlite3"))
    made = planned(RULE, _files(text, {}), _read("net"))
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert "ENV CGO_ENABLED=0\nRUN go build" in now.text
    assert made.applied[0].claim.unmissed >= {"/lib/", "/usr/lib/"}


def test_a_program_that_was_seen_to_run_stays() -> None:
    text = f"{_HEAD}{_OFF}{_SLIM}{_COPY}{_CMD}"
    reason = _refusal(text, None, _read(opened=("/web", "/usr/bin/pdftotext")))
    assert reason == "it was seen to open /usr/bin/pdftotext"


def test_other_images_are_no_finding() -> None:
    for base in ("scratch", "alpine:3.20", "gcr.io/distroless/base-debian12"):
        made = planned(RULE, _files(f"{_HEAD}{_OFF}FROM {base}\n{_COPY}{_CMD}", {}), Evidence())
        assert not made.left
        assert not made.applied
