"""Services that are compiled: what comes along into the image that runs, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.analysis import Evidence, ImageEvidence, SystemPackage
from jettison.rules import Refused
from jettison.rules.catalog.compiler_in_image import RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOD = "module example.org/shop\n"
_MAIN = "package main\n\nfunc main() {}\n"
_HEAD = "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY . .\n"


def _after(
    text: str,
    evidence: Evidence | None = None,
    files: Mapping[str, str] | None = None,
    **others: str,
) -> list[str]:
    """The lines of the stage that runs; ``_`` in the names of other files stands for a dot."""
    named = {name.replace("_", "."): body for name, body in others.items()} | dict(files or {})
    every = {"go.mod": _MOD, "main.go": _MAIN, **named, "Dockerfile": text}
    made = planned(RULE, every, evidence or Evidence())
    assert not made.dropped
    now = made.tree.read("Dockerfile")
    assert now is not None
    before, _, after = now.text.rpartition("\nFROM ")
    assert before, made.left
    return after.splitlines()


def _refusal(
    text: str, files: Mapping[str, str] | None = None, **others: str
) -> tuple[str, int | None]:
    named = {name.replace("_", "."): body for name, body in others.items()} | dict(files or {})
    every = {"go.mod": _MOD, "main.go": _MAIN, **named, "Dockerfile": text}
    (finding,) = planned(RULE, every).left
    assert isinstance(finding.remedy, Refused)
    return finding.remedy.reason, finding.remedy.line


def _main(body: str, *imports: str) -> str:
    lines = "".join(f'import "{one}"\n' for one in imports)
    return f"package main\n\n{lines}\nfunc main() {{ {body} }}\n"


def test_what_is_set_before_the_build_is_set_where_it_runs() -> None:
    text = (
        "FROM golang:1.22-bookworm\nLABEL team=a\nENV CGO_ENABLED=0 PORT=80\nEXPOSE 80\n"
        "# here\nWORKDIR /app\nCOPY . .\n# small\nRUN go build -o shop\nHEALTHCHECK CMD ./shop -c\n"
        'ENTRYPOINT ["./shop"]\n'
    )
    assert _after(text) == [
        "debian:bookworm-slim",
        "LABEL team=a",
        "ENV PORT=80",
        "EXPOSE 80",
        "WORKDIR /app",
        "COPY --from=build /app/shop /app/shop",
        "HEALTHCHECK CMD ./shop -c",
        'ENTRYPOINT ["./shop"]',
    ]


def test_the_time_zone_is_set_where_it_runs_too() -> None:
    zone = "RUN ln -snf /usr/share/zoneinfo/$TZ /etc/localtime && echo $TZ > /etc/timezone"
    head = _HEAD.replace("COPY", f"ENV TZ=Asia/Tokyo\n{zone}\nCOPY")
    after = _after(f'{head}RUN go build -o shop\nCMD ["./shop"]\n')
    assert after.index("ENV TZ=Asia/Tokyo") < after.index(zone)
    alpine = head.replace("golang:1.22-bookworm", "golang:1.22-alpine")
    assert "`ln` leaves" in _refusal(f'{alpine}RUN go build -o shop\nCMD ["./shop"]\n')[0]
    other = head.replace("/etc/timezone", "/etc/zone")
    assert "`ln` leaves" in _refusal(f'{other}RUN go build -o shop\nCMD ["./shop"]\n')[0]


def test_a_program_on_the_path_of_go_is_on_every_path() -> None:
    text = f"{_HEAD}RUN go install .\nCMD shop\n"
    assert "COPY --from=build /go/bin/shop /usr/local/bin/shop" in _after(text)
    text = f'{_HEAD}RUN go install .\nCMD ["/go/bin/shop"]\n'
    assert "COPY --from=build /go/bin/shop /go/bin/shop" in _after(text)


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ('open("web/static")', ["web/static"]),
        ('open("./web/static/*.css")', ["web/static"]),
        ('open("../web/pages/%s.html")', ["web/pages"]),
        ('open("file://migrations")', ["migrations"]),
        ('open("/app/migrations/1.sql")', ["migrations/1.sql"]),
        ('viper("config")', ["config.yaml", "lang"]),
        ('open(dir + "index.html")', ["web/pages/index.html"]),
        ('http.Dir("./")', ["config.yaml", "lang", "migrations", "notes.txt", "web"]),
        ('open("main.go", "cmd", ".", "/")', []),
    ],
)
def test_files_come_along_that_the_code_names(body: str, taken: list[str]) -> None:
    files = {
        "main.go": _main(body),
        "web/static/a.css": "",
        "web/pages/index.html": "",
        "migrations/1.sql": "",
        "config.yaml": "texts: lang/en.json\nother: [lang]\n",
        "lang/en.json": "{}",
        "notes.txt": "",
        "cmd/x/x.go": _MAIN,
        "main_test.go": _main('open("notes.txt")'),
    }
    made = _after(f'{_HEAD}RUN go build -o shop\nCMD ["./shop"]\n', None, files)
    copied = [line.split()[-1].removeprefix("/app/") for line in made if "--from" in line]
    assert copied == ["shop", *taken]


@pytest.mark.parametrize(
    ("more", "taken"),
    [
        ({}, ["pages", "static/a.css"]),
        ({"pages/new.html": ""}, ["pages/a.html", "pages/b/c.html", "static/a.css"]),
        ({"pages/pages.go": "package pages\n"}, ["pages/a.html", "pages/b/c.html", "static/a.css"]),
    ],
)
def test_a_folder_of_which_all_is_named_comes_whole(more: dict[str, str], taken: list[str]) -> None:
    files = {
        "main.go": _main('parse("pages/a.html", "pages/b/c.html", "static/a.css")'),
        "pages/a.html": "",
        "pages/b/c.html": "",
        "static/a.css": "",
    }
    made = _after(f'{_HEAD}RUN go build -o shop\nCMD ["./shop"]\n', None, files | more)
    copied = [line.split()[-1].removeprefix("/app/") for line in made if "--from" in line]
    assert copied == ["shop", *taken]


def test_what_was_opened_comes_along() -> None:
    evidence = Evidence(opened={"Dockerfile": frozenset({"/app/notes.txt", "/etc/passwd"})})
    made = _after(f'{_HEAD}RUN go build -o shop\nCMD ["./shop"]\n', evidence, notes_txt="")
    assert "COPY --from=build /app/notes.txt /app/notes.txt" in made


def test_a_script_that_starts_it_comes_along_with_what_it_calls() -> None:
    script = "#!/bin/sh\ncurl -sf http://db/ready\nexec ./shop\n"
    made = _after(
        f'{_HEAD}RUN go build -o shop\nRUN chmod +x start.sh\nCMD ["./start.sh"]\n', start_sh=script
    )
    assert made[1:5] == [
        "RUN apt-get update && apt-get install -y --no-install-recommends curl "
        "&& rm -rf /var/lib/apt/lists/*",
        "WORKDIR /app",
        "COPY --from=build /app/shop /app/shop",
        "COPY --from=build /app/start.sh /app/start.sh",
    ]


def test_system_packages_stay_unless_they_serve_building() -> None:
    text = (
        "FROM golang:1.22-bookworm\n"
        "RUN apt-get update && apt-get install -y git make gcc libc6-dev ffmpeg libvips42 tzdata\n"
        'WORKDIR /app\nCOPY . .\nRUN go build -o shop\nCMD ["./shop"]\n'
    )
    install = "RUN apt-get update && apt-get install -y --no-install-recommends"
    assert _after(text)[1] == f"{install} ffmpeg libvips42 && rm -rf /var/lib/apt/lists/*"
    calls = _main('exec.Command("git", "log")', "os/exec")
    assert _after(text, main_go=calls)[1].startswith(f"{install} git ffmpeg libvips42 &&")


def test_the_built_program_says_which_libraries_it_needs() -> None:
    text = (
        "FROM golang:1.22-bookworm\nRUN apt-get update && apt-get install -y libsqlite3-dev\n"
        'WORKDIR /app\nCOPY . .\nRUN go build -o shop\nCMD ["./shop"]\n'
    )
    why = "only the built image tells which libraries remain of libsqlite3-dev"
    assert _refusal(text) == (why, 2)
    none = frozenset[str]()
    sonames = {"libc6": "libc.so.6", "libsqlite3-0": "libsqlite3.so.0", "libgit2-1.5": "libgit2.so"}
    packages = {
        name: SystemPackage("debian", name, "1", none, frozenset({one}), none, False, 1)
        for name, one in sonames.items()
    }
    linked = {"/app/shop": frozenset({"libc.so.6", "libsqlite3.so.0"})}
    image = ImageEvidence("i", packages=packages, files={"/app/shop": 1}, linked=linked)
    made = _after(text, Evidence({"Dockerfile": image}))
    install = "RUN apt-get update && apt-get install -y --no-install-recommends"
    assert made[1] == f"{install} libsqlite3-0 && rm -rf /var/lib/apt/lists/*"


def test_the_built_image_says_which_release_runs_it() -> None:
    none = frozenset[str]()
    files = SystemPackage("debian", "base-files", "11.1+deb11u9", none, none, none, True, 1)
    image = ImageEvidence("image", packages={"base-files": files}, files={"/app/shop": 1})
    text = f'{_HEAD}RUN go build -o shop\nCMD ["./shop"]\n'.replace("-bookworm", "")
    made = _after(text, Evidence({"Dockerfile": image}))
    assert made[0] == "debian:bullseye-slim"


def test_alpine_runs_what_alpine_has_built() -> None:
    zones = _main('time.LoadLocation("UTC"); http.Get("x")', "time", "net/http")
    text = (
        "FROM golang:1.22-alpine3.19\nRUN apk add --no-cache git build-base ca-certificates\n"
        'WORKDIR /app\nCOPY . .\nRUN go build -o shop\nCMD ["./shop"]\n'
    )
    assert _after(text, main_go=zones)[:4] == [
        "alpine:3.19",
        "RUN apk add --no-cache ca-certificates tzdata",
        "WORKDIR /app",
        "COPY --from=build /app/shop /app/shop",
    ]


def test_users_and_folders_are_made_again() -> None:
    text = (
        "FROM golang:1.22-bookworm\nRUN mkdir -p /data && useradd shop\nWORKDIR /app\nCOPY . .\n"
        'RUN mkdir -p out && go build -o out/shop\nUSER shop\nCMD ["out/shop"]\n'
    )
    assert _after(text) == [
        "debian:bookworm-slim",
        "RUN mkdir -p /data && useradd shop",
        "WORKDIR /app",
        "COPY --from=build /app/out/shop /app/out/shop",
        "USER shop",
        'CMD ["out/shop"]',
    ]


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ('RUN go build\nCMD ["go", "test", "."]', ("the image's command calls `go`", None)),
        (
            "RUN go build\nCMD air",
            ("the image's command is `air`, which builds when files change", None),
        ),
        ("RUN go mod download\nCMD ./shop", ("no RUN builds a program with Go", None)),
        ("RUN make build\nCMD ./shop", ("`make` may need the image that compiles", 4)),
        ("RUN go build\nCMD ./other", ("what it starts is not what Go builds", None)),
        (
            "RUN go build\nRUN curl -sf http://x/y -o /y\nCMD ./shop",
            ("`curl` may need the image that compiles", 5),
        ),
        (
            "RUN curl -sf http://x/y | sh\nRUN go build\nCMD ./shop",
            ("it is not known what `curl` leaves for the program", 4),
        ),
        ("USER me\nRUN go build\nCMD ./shop", ("USER stands before the build", 4)),
        ('RUN ["go", "build"]\nCMD ./shop', ("a RUN in exec form is not followed", 4)),
    ],
)
def test_what_cannot_be_followed_is_refused(rest: str, why: tuple[str, int | None]) -> None:
    assert _refusal(f"{_HEAD}{rest}\n") == why


def test_code_that_needs_go_stays_with_it() -> None:
    code = _main("", "golang.org/x/tools/go/packages")
    why = "main.go imports golang.org/x/tools/go/packages, which may need Go itself"
    assert _refusal(f"{_HEAD}RUN go build\nCMD ./shop\n", main_go=code) == (why, None)


def test_a_stage_that_is_built_by_its_name_keeps_it() -> None:
    text = f'{_HEAD.replace("bookworm", "bookworm AS app")}RUN go build\nCMD ["./shop"]\n'
    compose = "services:\n  shop:\n    build:\n      context: .\n      target: app\n"
    assert _after(text, compose_yaml=compose)[0] == "debian:bookworm-slim AS app"
    assert "COPY --from=app /app/shop /app/shop" in _after(text)


@pytest.mark.parametrize(
    ("command", "build", "now"),
    [
        ('["go", "run", "."]', "-o /usr/local/bin/shop .", '["/usr/local/bin/shop"]'),
        (
            '["go", "run", "-tags", "prod", "./cmd/api", "-p", "80"]',
            "-tags prod -o /usr/local/bin/api ./cmd/api",
            '["/usr/local/bin/api", "-p", "80"]',
        ),
        ("go run main.go db.go $ARGS", "-o /usr/local/bin/main main.go db.go",
         "/usr/local/bin/main $ARGS"),
    ],
)  # fmt: skip
def test_what_is_compiled_at_each_start_is_built_once(command: str, build: str, now: str) -> None:
    text = f"{_HEAD}RUN go mod download\nEXPOSE 80\n# run\nCMD {command}\n"
    program = build.partition("-o ")[2].split()[0]
    assert _after(text) == [
        "debian:bookworm-slim",
        "WORKDIR /app",
        f"COPY --from=build {program} {program}",
        "EXPOSE 80",
        "# run",
        f"CMD {now}",
    ]
    files = {"go.mod": _MOD, "main.go": _MAIN, "Dockerfile": text}
    now_text = planned(RULE, files).tree.read("Dockerfile")
    assert now_text is not None
    assert f"\nRUN go mod download\nRUN go build {build}\n" in now_text.text


_RUN = f'{_HEAD}CMD ["go", "run", "."]\n'
_SHOP = "services:\n  shop:\n    build: .\n"


@pytest.mark.parametrize(
    ("text", "files", "why"),
    [
        (_RUN, {"compose.yaml": f"{_SHOP}    volumes: ['.:/app']\n"},
         "shop compiles what is mounted on /app"),
        (_RUN, {"compose.yaml": f"{_SHOP}    command: go run . -v\n"},
         "shop's command compiles the program when it starts"),
        (f"{_HEAD}RUN go build\nCMD ./shop\n",
         {"compose.yaml": _SHOP, "compose.dev.yaml": "services:\n  shop:\n    command: go run .\n"},
         "shop's command in compose.dev.yaml calls `go`"),
        (f"{_HEAD}RUN go build\nCMD ./shop\n",
         {"compose.yaml": _SHOP, "Makefile": "test:\n\tdocker compose exec shop go test ./...\n"},
         "Makefile:2 calls `go`"),
    ],
)  # fmt: skip
def test_what_others_compile_keeps_the_compiler(
    text: str, files: Mapping[str, str], why: str
) -> None:
    assert _refusal(text, files)[0] == why


def test_a_last_stage_on_the_compiler_gets_another_base() -> None:
    text = (
        "FROM golang:1.22-bookworm AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /shop\n\n"
        'FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY --from=build /shop .\nCMD ["./shop"]\n'
    )
    code = _main('http.Get("https://go.dev")', "net/http")
    assert _after(text, main_go=code) == [
        "debian:bookworm-slim",
        "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
        "WORKDIR /app",
        "COPY --from=build /shop .",
        'CMD ["./shop"]',
    ]


def test_files_of_another_stage_come_along() -> None:
    text = (
        "FROM node:22 AS web\nRUN npm run build\n\nFROM golang:1.22-bookworm\nWORKDIR /app\n"
        "COPY . .\nCOPY --from=web /dist ./public\nRUN go build -o shop\nCMD ./shop\n"
    )
    assert "COPY --from=build /app/public /app/public" in _after(text)
    mixed = text.replace("./public", ".")
    assert _refusal(mixed) == ("files of another stage are mixed with the sources", 7)


def test_a_program_is_followed_to_where_it_is_put() -> None:
    text = f"{_HEAD}RUN go build -o shop && mv shop /usr/bin/\nRUN strip /usr/bin/shop\nCMD shop\n"
    assert _after(text) == [
        "debian:bookworm-slim",
        "WORKDIR /app",
        "COPY --from=build /usr/bin/shop /usr/bin/shop",
        "CMD shop",
    ]
    text = f"{_HEAD}RUN cp config.example.yaml config.yaml\nRUN go build -o shop\nCMD ./shop\n"
    made = _after(text, None, {"config.example.yaml": ""})
    assert "COPY --from=build /app/config.yaml /app/config.yaml" in made


def test_what_is_written_or_fetched_before_the_build_is_refused() -> None:
    text = f"{_HEAD}RUN echo a > b.txt\nRUN go build -o shop\nCMD ./shop\n"
    assert _refusal(text) == ("`echo` writes a file that the program may read", 4)
    text = f"{_HEAD}ADD https://example.org/a.dat .\nRUN go build -o shop\nCMD ./shop\n"
    assert _refusal(text) == ("what ADD fetches may be needed by the program", 4)


def test_a_folder_whose_files_are_copied_one_by_one() -> None:
    text = (
        "FROM golang:1.22-bookworm\nWORKDIR /app\nCOPY go.mod main.go ./\n"
        "COPY static/a.css static/b.css /app/static/\nCOPY static/c.css /other/\n"
        "RUN go build -o shop\nCMD ./shop\n"
    )
    files = {"static/a.css": "", "static/b.css": "", "main.go": _main('open("static")')}
    made = [line for line in _after(text, None, files) if "static" in line]
    assert made == ["COPY --from=build /app/static /app/static"]
    made = [line for line in _after(text, None, files | {"static/c.css": ""}) if "css" in line]
    assert made == [
        "COPY --from=build /app/static/a.css /app/static/a.css",
        "COPY --from=build /app/static/b.css /app/static/b.css",
        "COPY --from=build /other/c.css /other/c.css",
    ]


def test_what_make_builds_is_read_from_the_makefile() -> None:
    text = f'{_HEAD}RUN make build\nCMD ["bin/shop"]\n'
    rules = "BIN := bin\nbuild: deps\n\tCGO_ENABLED=0 go build -o $(BIN)/shop ./cmd/shop\ndeps:\n\t"
    made = _after(text, Makefile=f"{rules}@go mod download\n")
    assert "COPY --from=build /app/bin/shop /app/bin/shop" in made
    why = "it is not known what `npm` of make leaves for the program"
    assert _refusal(text, Makefile=f"{rules}npm run build\n") == (why, 4)


def test_programs_that_the_code_starts_are_installed() -> None:
    text = f'{_HEAD}RUN go build -o shop\nCMD ["./shop", "--mode", "file"]\n'
    code = 'exec.CommandContext(ctx, "convert", "a"); exec.Command("unzip"); form("file", "top")'
    install = "RUN apt-get update && apt-get install -y --no-install-recommends"
    made = _after(text, main_go=_main(code, "os/exec"))
    assert made[1] == f"{install} imagemagick unzip && rm -rf /var/lib/apt/lists/*"
    assert _after(text, main_go=_main('form("git")'))[1] == "WORKDIR /app"


def test_settings_that_are_not_here_are_told_of() -> None:
    files = {
        "Dockerfile": "FROM golang:1.22\nWORKDIR /src\nCOPY . .\nRUN go build -o web .\n"
        'CMD ["./web"]\n',
        "go.mod": "module example.org/web\n",
        "main.go": 'package main\n\nimport "github.com/joho/godotenv"\n\nfunc main() {}\n',
        ".gitignore": ".env\n",
    }
    (change,) = planned(RULE, files).applied
    assert "not here, so not copied: .env, which the code names; copy it, if it is" in (
        change.reasons
    )
