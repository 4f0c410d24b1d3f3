"""The ordinary user: what it owns, where it is made, and where root is needed."""

from __future__ import annotations

import json

import pytest
from tests.unit.rules.planning import changed, planned

from jettison.analysis import Evidence, ImageEvidence
from jettison.rules import Advice, Refused
from jettison.rules.catalog.runs_as_root import RULE

HEAD = "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n"
CMD = 'CMD ["python", "app.py"]\n'
USER = "RUN useradd --create-home --uid 1000 app"


def after(text: str, **others: str) -> str:
    files = {"Dockerfile": text, "app.py": "print(1)\n"}
    files |= {name.replace("__", "/").replace("_", "."): body for name, body in others.items()}
    made = planned(RULE, files)
    assert not made.dropped
    return changed(made).get("Dockerfile", text)


def test_folders_that_are_written_are_owned() -> None:
    compose = (
        "services:\n  a:\n    build: .\n    volumes: ['up:/app/uploads']\n"
        "    environment:\n      LOG_DIR: /app/logs\nvolumes:\n  up:\n"
    )
    assert after(f"{HEAD}RUN mkdir /app/cache\n{CMD}", compose_yaml=compose) == (
        f"{HEAD}RUN mkdir /app/cache\n{USER} \\\n    && mkdir -p /app/logs /app/uploads \\\n"
        f"    && chown -R app:app /app/cache /app/logs /app/uploads\nUSER app\n{CMD}"
    )


def test_a_write_to_an_unknown_place_gives_the_working_directory() -> None:
    code = "import sys\nopen(sys.argv[1], 'w')\n"
    made = after(HEAD + CMD, app_py=code)
    assert made == f"{HEAD}{USER} \\\n    && chown -R app:app /app\nUSER app\n{CMD}"


UPLOADS = "import os\nF = os.path.join(app.root_path, 'static', 'uploads')\nfile.save(F + name)\n"


def test_a_folder_below_the_codes_own_is_owned_where_it_lies() -> None:
    files = {"Dockerfile": HEAD + CMD, "web/views.py": UPLOADS, "web/static/a.css": "a{}\n"}
    assert changed(planned(RULE, files))["Dockerfile"] == (
        f"{HEAD}{USER} \\\n    && mkdir -p /app/web/static/uploads \\\n"
        f"    && chown -R app:app /app/web/static/uploads\nUSER app\n{CMD}"
    )


def test_the_name_of_an_entry_is_no_folder() -> None:
    code = "def f(body):\n    open(body['data'], 'w').write(str({'media': 1}))\n"
    made = after(HEAD + CMD, app_py=code)
    assert made == f"{HEAD}{USER} \\\n    && chown -R app:app /app\nUSER app\n{CMD}"


_BUILT = (
    "FROM node:20 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nFROM node:20\n"
    "WORKDIR /app\nCOPY --from=build /app/node_modules ./node_modules\n"
    "COPY --from=build /app/.next ./.next\nCMD node server.js\n"
)


def test_what_another_stage_built_is_not_owned_as_a_whole_for_a_write_that_is_unknown() -> None:
    files = {"Dockerfile": _BUILT, "server.js": "fs.writeFile(name, text, done)\n"}
    made = planned(RULE, files)
    assert not changed(made)
    assert "cannot be told" in str(made.found[0].remedy)


@pytest.mark.parametrize(("size", "heavy"), [(90_000_000, True), (9_000, False)])
def test_a_heavy_folder_of_another_stage_is_handed_over_where_it_is_copied(
    size: int, *, heavy: bool
) -> None:
    files = {
        "Dockerfile": _BUILT.replace("node server.js", "next start"),
        "server.js": "",
    }
    image = ImageEvidence("image", files={"/app/.next/cache/webpack/0.pack": size})
    now = changed(planned(RULE, files, Evidence({"Dockerfile": image})))["Dockerfile"]
    assert ("COPY --chown=node:node --from=build /app/.next ./.next" in now) is heavy
    assert ("chown -R node:node /app/.next/cache" in now) is not heavy
    assert "USER node" in now


@pytest.mark.parametrize(
    "start",
    [
        "npx next start",
        "node_modules/.bin/next start",
        "node node_modules/next/dist/bin/next start",
    ],
)
def test_what_next_writes_is_owned_however_it_is_started(start: str) -> None:
    files = {"Dockerfile": _BUILT.replace("node server.js", start), "server.js": ""}
    now = changed(planned(RULE, files))["Dockerfile"]
    assert "chown -R node:node /app/.next/cache" in now


def test_what_a_copy_hands_over_is_not_owned_in_a_layer_again() -> None:
    text = _BUILT.replace("node server.js", "next start")
    pages = "export const revalidate = 60\n"
    files = {"Dockerfile": text, "app/page.js": pages, "package.json": "{}"}
    image = ImageEvidence("image", files={"/app/.next/cache/webpack/0.pack": 90_000_000})
    now = changed(planned(RULE, files, Evidence({"Dockerfile": image})))["Dockerfile"]
    assert "chown node:node /app/.next/cache /app/.next/server\n" in now
    assert "chown -R" not in now


def test_a_database_file_gives_its_folder() -> None:
    code = "URL = 'sqlite:///./data/app.db'\n"
    made = after(HEAD + CMD, app_py=code)
    assert "mkdir -p /app/data" in made
    assert "chown -R app:app /app/data\n" in made


@pytest.mark.parametrize(
    ("url", "variable", "owned"),
    [
        ('"file:./dev.db"', "", "chown -R node:node /app/prisma"),
        ('"file:../data/a.db?x=1"', "", "chown -R node:node /app/data"),
        ('env("DB")', "ENV DB=file:./dev.db\n", "chown -R node:node /app/prisma"),
        ('env("DB")', "", "chown -R node:node /app"),
    ],
)
def test_the_database_file_of_a_schema_is_owned_with_its_folder(
    url: str, variable: str, owned: str
) -> None:
    schema = f'datasource db {{\n  provider = "sqlite"\n  url      = {url}\n}}\n'
    text = f"FROM node:20\nWORKDIR /app\n{variable}COPY . .\nCMD node index.js\n"
    files = {"prisma/schema.prisma": schema, "index.js": "", "data/.keep": "", "Dockerfile": text}
    assert owned in changed(planned(RULE, files))["Dockerfile"]
    other = schema.replace("sqlite", "mysql")
    made = changed(planned(RULE, {**files, "prisma/schema.prisma": other}))["Dockerfile"]
    assert "chown" not in made


def test_a_file_without_suffix_is_no_folder() -> None:
    code = "open('/var/lib/app/db', 'w')\n"
    made = after(f"{HEAD}RUN mkdir -p /var/lib/app\n{CMD}", app_py=code)
    assert "mkdir -p /var/lib/app/db" not in made
    assert "chown -R app:app /var/lib/app\n" in made


def test_alpine_and_node_have_ways_of_their_own() -> None:
    alpine = after(f"FROM python:3.11-alpine\nWORKDIR /app\nCOPY . .\n{CMD}")
    assert "RUN adduser -D -u 1000 app\nUSER app\n" in alpine
    node = 'FROM node:25-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "a.js"]\n'
    assert after(node) == node.replace("CMD", "USER node\nCMD")


@pytest.mark.parametrize(
    "code",
    [
        "import Daily from 'winston-daily-rotate-file';\nnew Daily({ filename: 'a.log' });\n",
        "const log = pino(pino.destination('app.log'));\n",
    ],
)
def test_logs_that_node_turns_over_are_written(code: str) -> None:
    node = 'FROM node:25-alpine\nWORKDIR /app\nCOPY . .\nCMD ["node", "a.js"]\n'
    made = planned(RULE, {"Dockerfile": node, "a.js": code}).tree.read("Dockerfile")
    assert made is not None
    assert "RUN chown -R node:node /app\nUSER node\n" in made.text


def test_blank_lines_between_groups_stay() -> None:
    text = f"{HEAD}\n# start\n{CMD}"
    assert after(text) == f"{HEAD}\n{USER}\nUSER app\n\n# start\n{CMD}"


def test_a_program_that_is_no_code_of_the_project_may_write_to_its_folder() -> None:
    text = "FROM debian\nWORKDIR /data\n"
    assert after(f'{text}ENTRYPOINT ["ffmpeg"]\n') == (
        f'{text}{USER} \\\n    && chown app:app /data\nUSER app\nENTRYPOINT ["ffmpeg"]\n'
    )


def test_rails_writes_to_folders_of_its_own() -> None:
    text = "FROM ruby:3.3\nWORKDIR /app\nCOPY . .\nCMD bin/rails server\n"
    files = {"Dockerfile": text, "config/application.rb": "", "db/schema.rb": "", "log/.keep": ""}
    made = changed(planned(RULE, {**files, ".dockerignore": "log\n"}))["Dockerfile"]
    assert "mkdir -p /app/log /app/storage /app/tmp" in made
    assert "chown app:app /app \\\n    && chown -R app:app /app/db /app/log /app/storage" in made


def test_a_library_writes_for_the_code() -> None:
    code = "db.save_local('index')\n"
    made = after(HEAD + CMD, app_py=code)
    assert made == f"{HEAD}{USER} \\\n    && chown -R app:app /app\nUSER app\n{CMD}"


def test_what_typescript_writes_is_owned_as_well() -> None:
    code = "const storage = diskStorage({ destination: './files' });\n"
    text = "FROM node:20\nWORKDIR /srv/app\nCOPY . .\nRUN npm run build\nCMD node dist/main.js\n"
    made = planned(RULE, {"Dockerfile": text, "src/main.ts": code})
    assert (
        "mkdir -p /srv/app/files \\\n    && chown -R node:node /srv/app/files\nUSER node\n"
        in (changed(made)["Dockerfile"])
    )


@pytest.mark.parametrize(
    ("setting", "writes"),
    [("autoSchemaFile: 'schema.gql'", True), ("autoSchemaFile: true", False)],
)
def test_a_schema_that_is_written_at_the_start(setting: str, *, writes: bool) -> None:
    files = {
        "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node dist/main\n",
        "package.json": "{}",
        "src/app.module.ts": f"GraphQLModule.forRoot({{ {setting} }})\n",
    }
    (found,) = planned(RULE, files).found
    assert isinstance(found.remedy, Refused) is writes


def test_what_a_package_manager_loads_is_no_code_of_the_project() -> None:
    files = {
        "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD node a.js\n",
        "a.js": "",
        ".pnp.cjs": "fs.writeFileSync(place); const a = 'exports';\n",
        ".yarn/releases/yarn-4.cjs": "fs.mkdirSync('cache')\n",
    }
    assert "mkdir" not in changed(planned(RULE, files))["Dockerfile"]


def test_a_folder_in_the_programs_own_below_usr_is_owned() -> None:
    head = "FROM python:3.11-slim\nWORKDIR /usr/src/app\nCOPY . .\nRUN mkdir /usr/src/app/media\n"
    assert after(head + CMD) == (
        f"{head}{USER} \\\n    && chown -R app:app /usr/src/app/media\nUSER app\n{CMD}"
    )


_GO = "FROM debian:bookworm-slim\nWORKDIR {}\nCOPY --from=build /shop /shop\nCOPY static static\n"
_BUILD = "FROM golang:1.22 AS build\nCOPY . .\nRUN go build -o /shop\n"


def _go(code: str, folder: str = "/app", rest: str = "") -> str:
    text = f'{_BUILD}{_GO.format(folder)}{rest}CMD ["/shop"]\n'
    files = {
        "Dockerfile": text,
        "main.go": code,
        "static/a.css": "",
        "main_test.go": 'os.Create("x")',
    }
    made = planned(RULE, files)
    assert not made.dropped
    return changed(made).get("Dockerfile", "")[len(text) - len('CMD ["/shop"]\n') :]


def test_what_a_program_in_go_writes_is_owned() -> None:
    plain = "package main\n\nfunc main() {}\n"
    assert _go(plain) == f'{USER} \\\n    && chown app:app /app\nUSER app\nCMD ["/shop"]\n'
    code = 'package main\n\nimport _ "github.com/mattn/go-sqlite3"\n\nvar f = "./static/shop.db"\n'
    assert "&& chown -R app:app /app/static\n" in _go(code)
    code = 'package main\n\nimport "os"\n\nfunc main() { os.WriteFile(name, nil, 0o644) }\n'
    assert "&& chown -R app:app /app\n" in _go(code)
    made = _go(code, rest="ENV DATA=/data/shop.json\nVOLUME /data\n")
    assert "&& chown app:app /app \\\n    && chown -R app:app /data\n" in made


def test_a_folder_that_only_the_build_has_is_made_before_it_is_handed_over() -> None:
    text = (
        "FROM golang:1.22 AS build\nWORKDIR /app\nCOPY . .\nRUN go build -o shop\n\n"
        "FROM debian:12-slim\nWORKDIR /app\nCOPY --from=build /app/shop .\n"
        'CMD ["./shop"]\n'
    )
    writing = 'package main\n\nfunc main() { os.WriteFile("%s", nil, 0600) }\n'
    files = {
        "Dockerfile": text,
        "main.go": writing % "logs/a.log",
        "logs/.gitkeep": "",
        "vendor/x.org/y/y.go": writing % "vendor/x.org/z",
    }
    now = changed(planned(RULE, files))["Dockerfile"]
    assert "mkdir -p /app/logs \\\n    && chown app:app /app \\\n    && chown -R" in now
    assert "vendor" not in now
    files["Dockerfile"] = text.replace("shop .", "shop .\nCOPY --from=build /app/logs /app/logs")
    now = changed(planned(RULE, files))["Dockerfile"]
    assert "&& chown -R app:app /app/logs" in now
    assert "mkdir" not in now


def test_a_folder_of_the_system_is_not_handed_over() -> None:
    assert not _go("package main\n\nfunc main() {}\n", folder="/usr/bin")


def test_rails_writes_below_its_folder() -> None:
    files = {
        "Dockerfile": "FROM ruby:3.3-slim\nWORKDIR /app\nCOPY . .\nCMD rails s\n",
        "config.ru": "",
        "config/application.rb": "",
    }
    (finding,) = planned(RULE, files).left
    assert isinstance(finding.remedy, Refused)
    assert finding.remedy.reason.startswith("Rails writes below")


def test_code_that_writes_nothing_may_lie_at_the_root() -> None:
    head = "FROM python:3.11-slim\nCOPY app.py .\n"
    assert after(f"{head}{CMD}") == f"{head}{USER}\nUSER app\n{CMD}"
    assert after(f"{head}{CMD}", app_py="open('log.txt', 'w')\n") == f"{head}{CMD}"
    unknown = "import sys\nopen('data/a', 'w')\nopen(sys.argv[1], 'w')\n"
    other = f"{head}COPY b.py .\n"
    assert after(f"{other}{CMD}", app_py=unknown, b_py="open(x, 'w')\n") == f"{other}{CMD}"


def test_an_image_of_java_gets_a_user() -> None:
    build = "FROM maven:3-eclipse-temurin-21 AS build\nCOPY . .\nRUN mvn package\n\n"
    text = f"{build}FROM eclipse-temurin:21-jre\nCOPY --from=build /target/a.jar /a.jar\n"
    cmd = 'CMD ["java", "-jar", "/a.jar"]\n'
    user = "RUN useradd --create-home --uid 10001 app"
    plain = {"src__A_java": "class A {}\n"}
    assert after(text + cmd, **plain) == f"{text}{user}\nUSER app\n{cmd}"
    writes = {"src__A_java": 'class A { void f() { new FileWriter("logs/a.log"); } }\n'}
    assert after(text + cmd, **writes) == (
        f"{text}{user} \\\n    && mkdir -p /logs \\\n    && chown -R app:app /logs\nUSER app\n{cmd}"
    )


@pytest.mark.parametrize(
    ("name", "owned"),
    [
        ("uploads/x", "uploads"),  # which may be a file
        ("data/cache/x", "data/cache"),
        ("logs/a.log", "logs"),
        ("uploads", "uploads"),
    ],
)
def test_a_name_below_a_usual_folder_may_be_a_files(name: str, owned: str) -> None:
    made = after(HEAD + CMD, app_py=f"open('{name}', 'w')\n")
    folder = f"/app/{owned}"
    assert f"mkdir -p {folder} \\\n    && chown -R app:app {folder}\n" in made


def test_templates_that_go_reads_are_not_handed_over() -> None:
    code = (
        'package main\nimport (\n\t"html/template"\n\t"os"\n)\nfunc main() {\n'
        '\ttemplate.ParseGlob("templates/*.html")\n\tos.Create("data/a.txt")\n}\n'
    )
    text = "FROM golang:1.25\nWORKDIR /app\nCOPY . .\nRUN go build -o /web .\n"
    files = {"go.mod": "module x\n", "main.go": code, "templates/a.html": ""}
    made = changed(planned(RULE, {"Dockerfile": f'{text}CMD ["/web"]\n', **files}))
    assert "chown -R app:app /app/data\n" in made["Dockerfile"]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("app.Run();\n", ""),
        (
            'File.WriteAllText("logs/a.log", x);\n',
            "RUN mkdir -p /app/logs \\\n    && chown -R app:app /app/logs\n",
        ),
        (
            'o.UseSqlite("Data Source=data/shop.db");\n',
            "RUN mkdir -p /app/data \\\n    && chown -R app:app /app/data\n",
        ),
    ],
)
def test_an_image_of_dotnet_has_a_user(code: str, lines: str) -> None:
    text = (
        "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nCOPY . /src\n"
        "RUN dotnet publish /src -o /out\nFROM mcr.microsoft.com/dotnet/aspnet:8.0\n"
        "WORKDIR /app\nCOPY --from=build /out .\n"
    )
    cmd = 'CMD ["dotnet", "Shop.dll"]\n'
    assert after(text + cmd, Program_cs=code) == f"{text}{lines}USER app\n{cmd}"


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        ('"--data_dir", "/data"', "/data"),
        ('"--log-dir=/var/lib/app/log"', "/var/lib/app/log"),
        ('"--data-dir", "$DATA"', ""),
        ('"--root-path", "/api"', ""),
        ('"--data-dir", "/etc/app"', ""),
    ],
)
def test_a_folder_that_the_command_names_for_data_is_owned(words: str, folder: str) -> None:
    made = after(f'{HEAD}CMD ["python", "app.py", {words}]\n')
    assert "USER app\n" in made
    assert (f"    && mkdir -p {folder} \\\n    && chown -R app:app {folder}\n" in made) is bool(
        folder
    )
    assert ("mkdir" in made) is bool(folder)


@pytest.mark.parametrize(
    "script", ['concurrently "npm run css" "next dev"', "run-p css serve", "concurrently npm:serve"]
)
def test_what_is_run_side_by_side_is_read_too(script: str) -> None:
    scripts = {"dev": script, "css": "echo", "serve": "next dev"}
    text = 'FROM node:22\nWORKDIR /app\nCOPY . .\nCMD ["npm", "run", "dev"]\n'
    files = {"Dockerfile": text, "package.json": json.dumps({"scripts": scripts})}
    (left,) = planned(RULE, files).left
    assert isinstance(left.remedy, Refused)
    assert "next in the script" in left.remedy.reason


def test_a_user_that_a_variable_of_the_base_names_is_somebody() -> None:
    text = "FROM mcr.microsoft.com/dotnet/aspnet:8.0\nUSER $APP_UID\nCMD dotnet a.dll\n"
    assert not planned(RULE, {"Dockerfile": text}).found


@pytest.mark.parametrize(
    ("code", "folder"),
    [
        ('var path = Path.Combine("wwwroot/uploads", name); File.Create(path);\n',
         "/app/wwwroot/uploads"),
        ('File.Create(Path.Combine(env.WebRootPath, "uploads", name));\n', "/app/wwwroot/uploads"),
    ],
)  # fmt: skip
def test_a_published_program_writes_where_it_works_not_where_its_code_lay(
    code: str, folder: str
) -> None:
    text = (
        "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nCOPY . /src\n"
        "RUN dotnet publish /src -o /out\nFROM mcr.microsoft.com/dotnet/aspnet:8.0\n"
        'WORKDIR /app\nCOPY --from=build /out .\nCMD ["dotnet", "Shop.dll"]\n'
    )
    made = after(text, **{"web/Files.cs": code, "web/wwwroot/app.css": ""})
    assert f"chown -R app:app {folder}\n" in made


def test_a_mount_of_a_service_that_builds_nothing_may_lie_in_what_is_copied_to_the_root() -> None:
    compose = "services:\n  a:\n    image: a\n    volumes: ['up:/app/up']\nvolumes:\n  up:\n"
    files = {
        "Dockerfile": "FROM python:3.11-slim\nCOPY . .\nCMD python app/a.py\n",
        "app/a.py": "print(1)\n",
        "compose.yaml": compose,
    }
    (left,) = planned(RULE, files).left
    assert isinstance(left.remedy, Refused)
    assert left.remedy.reason == "a may run this image, and mounts files at /app/up"


def test_a_user_of_the_base_image_is_told_of() -> None:
    text = "FROM docker.io/denoland/deno\nCOPY . /app\nCMD deno run /app/main.ts\n"
    (left,) = planned(RULE, {"Dockerfile": text, "main.ts": ""}).left
    assert left.remedy == Advice(
        "write USER deno before the RUN that fetches: the image has that user"
    )
    text = "FROM public.ecr.aws/amazonlinux/amazonlinux:2023\nCMD python3\n"
    assert planned(RULE, {"Dockerfile": text}).left


@pytest.mark.parametrize("text", ["http://localhost:8080/uploads", "api/uploads/{id}", "a/uploads"])
def test_an_address_is_no_folder_of_a_compiled_program(text: str) -> None:
    code = f'class A {{ void a() {{ new FileWriter(b + "{text}"); }} }}\n'
    files = {
        "Dockerfile": "FROM eclipse-temurin:17-jdk\nWORKDIR /app\nCOPY . .\nRUN javac A.java\n"
        "CMD java A\n",
        "A.java": code,
    }
    made = planned(RULE, files)
    assert "uploads" not in changed(made).get("Dockerfile", "")


@pytest.mark.parametrize(
    ("command", "tool"),
    [
        ("./gradlew bootRun", "gradlew"),
        ("sh mvnw spring-boot:run", "mvnw"),
        ("mix phx.server", "mix"),
        ("cargo run --release", "cargo"),
        ("dotnet run", "dotnet run"),
    ],
)
def test_what_builds_at_the_start_of_a_container_stays_roots(command: str, tool: str) -> None:
    text = f"FROM debian:12\nWORKDIR /app\nCOPY . .\nCMD {command}\n"
    (left,) = planned(RULE, {"Dockerfile": text, "a.txt": ""}).left
    assert isinstance(left.remedy, Refused)
    assert left.remedy.reason == f"{tool} in the image's command writes beside the code"
