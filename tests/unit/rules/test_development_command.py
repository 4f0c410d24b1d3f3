"""Services that a watcher starts, and what starts them themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.planning import planned

from jettison.changes import plan
from jettison.rules import Advice, Refused
from jettison.rules.catalog.development_command import RULE
from jettison.source import TextTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jettison.changes import Plan

_HEAD = "FROM node:22-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
_SCRIPTS = {
    "start": "node server.js",
    "dev": "nodemon --legacy-watch -e js,json server.js --port=80",
}


def _planned(command: str, files: Mapping[str, str] | None = None) -> Plan:
    texts = {
        "compose.yaml": "services:\n  api:\n    build: .\n",
        "package.json": json.dumps({"scripts": _SCRIPTS, "devDependencies": {"nodemon": "3"}}),
        "server.js": "",
        "Dockerfile": f"{_HEAD}{command}",
        **(files or {}),
    }
    return planned(RULE, texts)


def _after(made: Plan) -> str:
    found = made.tree.read("Dockerfile")
    assert found is not None
    assert not made.dropped
    return found.text.removeprefix(_HEAD)


@pytest.mark.parametrize(
    ("command", "after"),
    [
        ('CMD ["npm", "run", "dev"]\n', 'CMD ["node", "server.js", "--port=80"]\n'),
        ('CMD ["nodemon", "server.js"]\n', 'CMD ["node", "server.js"]\n'),
        ("CMD npx nodemon -L ./server.js\n", "CMD node ./server.js\n"),
        ('ENTRYPOINT ["npm", "run", "dev"]\n', 'ENTRYPOINT ["node", "server.js", "--port=80"]\n'),
        ("CMD node --watch server.js --watch\n", "CMD node server.js --watch\n"),
        (
            'RUN npm install -g nodemon\n# Go\nCMD ["nodemon", "server.js"]\n',
            '# Go\nCMD ["node", "server.js"]\n',
        ),
    ],
)
def test_what_nodemon_runs_is_started_itself(command: str, after: str) -> None:
    assert _after(_planned(command)) == after


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ('CMD ["nodemon"]\n', {}),
        ('CMD ["nodemon", "--exec", "babel-node", "server.js"]\n', {}),
        ('CMD ["nodemon", "src/server.ts"]\n', {"src/server.ts": ""}),
        ('CMD ["nodemon", "dist/server.js"]\n', {}),
        ('CMD ["npm", "run", "dev"]\n', {"nodemon.json": "{}"}),
        ('CMD ["npm", "run", "dev"]\n',
         {"package.json": json.dumps({"scripts": _SCRIPTS, "nodemonConfig": {}})}),
        ('CMD ["npm", "run", "dev"]\n',
         {"package.json": json.dumps({"scripts": {**_SCRIPTS, "predev": "knex migrate:latest"}})}),
        ('CMD ["npm", "run", "dev"]\n',
         {"package.json": json.dumps({"scripts": {"dev": "A=1 nodemon server.js"}})}),
        ('CMD ["npm", "run", "dev"]\n',
         {"compose.yaml": "services:\n  api:\n    build: .\n    volumes: ['.:/app']\n"}),
    ],
)  # fmt: skip
def test_what_may_be_something_else_is_only_told(command: str, files: Mapping[str, str]) -> None:
    made = _planned(command, files)
    assert _after(made) == command
    assert all(isinstance(finding.remedy, Advice) for finding in made.left)


@pytest.mark.parametrize(
    "command",
    ["npx next dev", "npx nuxi dev", "npx remix vite:dev",
     "npx tsx watch a.ts", "npx react-router dev", "npx webpack serve --mode development"],
)  # fmt: skip
def test_development_servers_are_told(command: str) -> None:
    made = _planned(f"CMD {command}\n")
    assert len(made.found) == 1
    assert _after(made) == f"CMD {command}\n"


@pytest.mark.parametrize("command", ["npx next start", "node server.js", "npx nuxi preview"])
def test_servers_of_what_was_built_are_not(command: str) -> None:
    assert not _planned(f"CMD {command}\n").found


_PYTHON = "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n"


def _served(command: str, compose: str = "    ports: ['80:8000']\n") -> Plan:
    texts = {
        "compose.yaml": f"services:\n  api:\n    build: .\n{compose}",
        "app/main.py": "",
        "Dockerfile": f"{_PYTHON}{command}",
    }
    return planned(RULE, texts)


@pytest.mark.parametrize(
    ("command", "after"),
    [
        (
            'CMD ["uvicorn", "app.main:app", "--reload", "--host", "0.0.0.0"]\n',
            'CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]\n',
        ),
        (
            "CMD poetry run uvicorn app.main:app --reload-dir app --reload --port 80\n",
            "CMD poetry run uvicorn app.main:app --port 80\n",
        ),
        (
            'CMD ["python", "-m", "uvicorn", "app:app", \\\n     "--reload", "--reload-delay=2"]\n',
            'CMD ["python", "-m", "uvicorn", "app:app"]\n',
        ),
        (
            'ENTRYPOINT ["gunicorn", "--reload", "--workers", "1", "app.main"]\n',
            'ENTRYPOINT ["gunicorn", "--workers", "1", "app.main"]\n',
        ),
        ("CMD flask run --reload --host=0.0.0.0\n", "CMD flask run --host=0.0.0.0\n"),
    ],
)
def test_a_server_is_started_without_watching(command: str, after: str) -> None:
    found = _served(command).tree.read("Dockerfile")
    assert found is not None
    assert found.text == f"{_PYTHON}{after}"


_WATCHED = 'CMD ["uvicorn", "app.main:app", "--reload"]\n'


@pytest.mark.parametrize(
    ("command", "compose"),
    [
        (_WATCHED, "    volumes: ['.:/app']\n"),
        (_WATCHED, "    volumes: ['./app:/app/app']\n"),
        (_WATCHED, "    develop: {watch: [{action: sync, path: ./app, target: /app/app}]}\n"),
        (_WATCHED, "    environment: {WEB_CONCURRENCY: '4'}\n"),
        (f"ENV WEB_CONCURRENCY=4\n{_WATCHED}", ""),
        ('CMD ["uvicorn", "app.main:app", "--reload", "--workers", "4"]\n', ""),
        ('CMD ["flask", "run", "--debug"]\n', ""),
        ("CMD sleep 1 && uvicorn app.main:app --reload\n", ""),
    ],
)
def test_a_server_that_may_do_something_else_then_is_left_alone(command: str, compose: str) -> None:
    made = _served(command, compose)
    assert not made.applied
    if "--reload" in command or "--debug" in command:
        (finding,) = made.found
        assert isinstance(finding.remedy, Advice)


def test_a_command_of_compose_is_not_mended_in_the_dockerfile() -> None:
    made = _served(_WATCHED, "    command: uvicorn app.main:app --reload --port 9000\n")
    assert not made.applied
    (finding,) = made.found
    assert finding.file == "compose.yaml"
    assert isinstance(finding.remedy, Advice)


def test_a_flag_of_a_command_that_another_service_replaces_goes() -> None:
    worker = "  worker:\n    build: .\n    command: python -m app.main\n"
    made = _served(_WATCHED, f"    ports: ['80:8000']\n{worker}")
    found = made.tree.read("Dockerfile")
    assert found is not None
    assert "--reload" not in found.text


@pytest.mark.parametrize(
    ("command", "key"),
    [
        ("python manage.py runserver", "JT026/api/python"),
        ("uv run --frozen python manage.py runserver", "JT026/api/python"),
        ("poetry run uvicorn main:app --reload", "JT026/api/uvicorn"),
        ("uvicorn main:app --reload", "JT026/api/uvicorn"),
    ],
)
def test_the_key_is_the_same_without_the_installer(command: str, key: str) -> None:
    (found,) = _planned(f"CMD {command}\n").found
    assert str(found.key) == key


_NEST = {
    "package.json": json.dumps(
        {
            "scripts": {
                "prebuild": "rimraf dist",
                "build": "nest build",
                "start": "nest start",
                "start:dev": "nest start --watch",
                "start:debug": "nest start --debug --watch",
            },
            "devDependencies": {"@nestjs/cli": "11"},
        }
    ),
    "nest-cli.json": '{"sourceRoot": "src"}',
    "tsconfig.json": '{"compilerOptions": {"outDir": "./dist", /* all */ "incremental": true,}}',
    "tsconfig.build.json": '{"extends": "./tsconfig.json",\n // not these\n'
    ' "exclude": ["node_modules", "test", "dist", "**/*spec.ts"]}',
    "src/main.ts": "",
    "src/a.spec.ts": "",
    "test/a.e2e-spec.ts": "",
}


@pytest.mark.parametrize(
    ("command", "after"),
    [
        ("CMD npm run start:dev\n", "RUN npm run build\nCMD node dist/main\n"),
        ('\nCMD ["npm", "start"]\n', 'RUN npm run build\n\nCMD ["node", "dist/main"]\n'),
        ("CMD npx nest start -w\n", "RUN npm run build\nCMD node dist/main\n"),
        ("RUN npm run build\nCMD npm start\n", "RUN npm run build\nCMD node dist/main\n"),
        ("RUN npx nest build\nCMD npm start\n", "RUN npx nest build\nCMD node dist/main\n"),
    ],
)
def test_what_nest_compiles_at_the_start_is_compiled_before(command: str, after: str) -> None:
    assert _after(_planned(command, _NEST)) == after


def test_what_only_the_compiler_opened_is_not_missed() -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"devDependencies": {"@nestjs/cli": "11"}},
            "node_modules/rxjs": {"version": "7.8.1"},
            "node_modules/@nestjs/cli": {"version": "11.0.0", "dev": True},
            "node_modules/@nestjs/cli/node_modules/rxjs": {"version": "7.8.0", "dev": True},
        },
    }
    made = _planned("CMD npm start\n", {**_NEST, "package-lock.json": json.dumps(lock)})
    assert made.unmissed >= {
        "/app/node_modules/@nestjs/cli/",
        "/app/node_modules/@nestjs/cli/node_modules/rxjs/",
        "/app/src/main.ts",
        "/app/tsconfig.json",
    }
    assert "/app/node_modules/rxjs/" not in made.unmissed
    assert "/app/package.json" not in made.unmissed


def test_code_beside_the_sources_moves_what_is_compiled() -> None:
    made = _planned("CMD npm start\n", {**_NEST, "ormconfig.ts": ""})
    assert _after(made).endswith("CMD node dist/src/main\n")


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("CMD npm run start:debug\n", {}),
        ("CMD npx nest start other\n", {}),
        ("CMD npm start\n", {"nest-cli.json": '{"monorepo": true}'}),
        ("CMD npm start\n", {"nest-cli.json": '{"compilerOptions": {"webpack": true}}'}),
        ("CMD npm start\n", {"tsconfig.json": '{"compilerOptions": {"resolveJsonModule": true}}'}),
        ("CMD npm start\n", {"tsconfig.json": '{"compilerOptions": '}),
        ("CMD npm start\n", {"tsconfig.json": '{"include": ["src"]}', "ormconfig.ts": ""}),
        ("CMD npm start\n",
         {"package.json": '{"scripts": {"build": "nest build && ./x.sh", "start": "nest start"}}'}),
        ("CMD npm start\n",
         {"package.json": '{"scripts": {"prestart": "typeorm migration:run",'
          ' "start": "nest start"}}'}),
        ("CMD npm start\n",
         {"compose.yaml": "services:\n  api:\n    build: .\n    volumes: ['./dist:/app/dist']\n"}),
    ],
)  # fmt: skip
def test_what_nest_compiles_elsewhere_is_only_told(command: str, files: Mapping[str, str]) -> None:
    made = _planned(command, {**_NEST, **files})
    assert _after(made) == command
    assert [type(finding.remedy) for finding in made.left] == [Advice]


def test_what_nest_makes_is_known_to_the_rules_that_part_the_image(tmp_path: Path) -> None:
    files = {
        **_NEST,
        "tsconfig.json": '{\n  "compilerOptions": {\n    "outDir": "./dist"\n  }\n}\n',
        "Dockerfile": "FROM node:22-alpine\nWORKDIR /app\nCOPY . /app\nRUN npm i -g pnpm\n"
        "RUN npm i -g @nestjs/cli\nRUN pnpm install\nCMD nest start\n",
    }
    for name, text in files.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    now = plan(TextTree(tmp_path), {}).tree.read("Dockerfile")
    assert now is not None
    assert now.text.partition("FROM base AS build\n")[2] == (
        "RUN npm i -g pnpm\nRUN npm i -g @nestjs/cli\nCOPY package.json ./\n"
        "RUN pnpm install\nCOPY . /app\nRUN npm run build && pnpm prune --prod\n\nFROM base\n"
        "COPY --from=build /app/package.json ./\n"
        "COPY --from=build /app/node_modules ./node_modules\n"
        "COPY --from=build /app/dist ./dist\nUSER node\nCMD node dist/main\n"
    )


_NEXT = {
    "package.json": json.dumps(
        {
            "scripts": {
                "dev": "next dev --turbopack -p 3333",
                "build": "prisma generate && next build",
                "start": "next start -p 3333",
            },
            "dependencies": {"next": "14.2.5"},
        }
    ),
    "next.config.mjs": "export default {};\n",
    "app/layout.jsx": "export default ({children}) => <html>{children}</html>;\n",
    "app/page.jsx": "export default () => <p>hi</p>;\n",
}


@pytest.mark.parametrize(
    ("command", "after"),
    [
        ('CMD ["npm", "run", "dev"]\n', 'RUN npm run build\nCMD ["npm", "run", "start"]\n'),
        ("CMD yarn dev\n", "RUN yarn run build\nCMD yarn run start\n"),
        (
            'CMD ["npx", "next", "dev", "-H", "0.0.0.0", "--turbo"]\n',
            'RUN npm run build\nCMD ["npx", "next", "start", "-H", "0.0.0.0"]\n',
        ),
        (
            "CMD npm run dev -- -H ::\n",
            "RUN npm run build\nCMD npx next start -p 3333 -H ::\n",
        ),
        ("RUN npm run build\nCMD npm run dev\n", "RUN npm run build\nCMD npm run start\n"),
        (
            "# With dev dependencies\nENV NEXT_PUBLIC_A=1\nEXPOSE 80\n\n"
            "# Run the development server\nCMD npm run dev\n",
            "# With dev dependencies\nENV NEXT_PUBLIC_A=1\nRUN npm run build\n"
            "EXPOSE 80\n\nCMD npm run start\n",
        ),
    ],
)
def test_what_next_serves_in_development_is_built_before(command: str, after: str) -> None:
    assert _after(_planned(command, _NEXT)) == after


@pytest.mark.parametrize(
    ("build", "made"), [("", "RUN npm run build\n"), ("RUN npm run build\n", "")]
)
def test_a_stage_that_only_starts_builds_as_well(build: str, made: str) -> None:
    head = f"FROM node:22 AS base\nWORKDIR /app\nCOPY . .\n{build}FROM base\n"
    found = _planned("", {**_NEXT, "Dockerfile": f"{head}CMD npm run dev\n"}).tree.read(
        "Dockerfile"
    )
    assert found is not None
    assert found.text == f"{head}{made}CMD npm run start\n"


_PAGE = "export default async function Page() {{ {}; return <p/>; }}\n"


@pytest.mark.parametrize(
    "files",
    [
        {"app/page.jsx": "'use client';\nexport default () => { fetch(process.env.NODE_ENV) };\n"},
        {"app/page.jsx": _PAGE.format("const {id} = await params; await cookies()")},
        {"app/page.jsx": "export const dynamic = 'force-dynamic';\n" + _PAGE.format("await f()")},
        {"pages/api/a.js": "export default async function handler() { await f() }\n"},
        {"pages/a.js": "export async function getServerSideProps() { await f() }\n"},
        {"app/api/route.js": "export async function GET(request) { request.url; await f() }\n"},
        {"app/[id]/page.jsx": _PAGE.format("await fetch(x)")},
        {"app/api/route.js": "export async function GET() {}\nexport async function POST() {}\n"},
        {"app/[...auth]/route.js": "const f = a();\nexport { f as GET };\n"},
        {"package.json": _NEXT["package.json"].replace("14", "^15"),
         "app/api/route.js": "export async function GET() { return f() }\n"},
        {".env": "NEXT_PUBLIC_A=1\n", "app/a.js": "f(process.env.NEXT_PUBLIC_A)\n"},
        {"app/a.js": "f(process.env.SECRET)\n"},
        {"next.config.mjs": "export default {output: 'standalone'};\n"},
    ],
)  # fmt: skip
def test_what_asks_for_nothing_at_build_is_built(files: Mapping[str, str]) -> None:
    made = _planned("CMD npm run dev\n", {**_NEXT, **files})
    assert _after(made) == "RUN npm run build\nCMD npm run start\n"


_ENVIRONMENT = "services:\n  web:\n    build: .\n    environment: {NEXT_PUBLIC_A: '1'}\n"
_MOUNTED = "services:\n  web:\n    build: .\n    volumes: ['.:/app', '/app/node_modules']\n"
_WATCH = (
    "services:\n  web:\n    build: .\n"
    "    develop: {watch: [{action: sync, path: ./app, target: /app/app}]}\n"
)
_PUBLIC = {"app/a.js": "f(process.env.NEXT_PUBLIC_A)\n"}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (_PUBLIC, "app/a.js reads NEXT_PUBLIC_A, which is not known when the image is built"),
        ({**_PUBLIC, "compose.yaml": _ENVIRONMENT},
         "NEXT_PUBLIC_A is given when web runs, not when it is built"),
        ({**_PUBLIC, ".env": "NEXT_PUBLIC_A=1\n", ".env.development": "NEXT_PUBLIC_A=2\n"},
         "only `next dev` reads NEXT_PUBLIC_A from .env.development"),
        ({**_PUBLIC, ".env": "NEXT_PUBLIC_A=1\n", ".dockerignore": ".env\n"},
         "app/a.js reads NEXT_PUBLIC_A, which is not known when the image is built"),
        ({"next.config.mjs": "export default {env: {A: process.env.API}};\n"},
         "next.config.mjs reads API, which is not known when the image is built"),
        ({"app/a.js": "const {NEXT_PUBLIC_A = 1, B: b} = process.env;\n"},
         "app/a.js reads NEXT_PUBLIC_A, which is not known when the image is built"),
        ({"app/a.js": "parse(process.env);\n"},
         "app/a.js reads all variables of the environment"),
        ({"compose.yaml": _MOUNTED}, "web mounts something over /app"),
        ({"compose.yaml": _WATCH}, "develop.watch brings sources into web"),
        ({"app/page.jsx": _PAGE.format("await fetch(x)")},
         "app/page.jsx would be rendered when the image is built (await fetch)"),
        ({"pages/a.js": "export async function getStaticProps() {}\n"},
         "pages/a.js would be rendered when the image is built (getStaticProps)"),
        ({"app/a/route.ts": "export async function GET() { return f() }\n"},
         "app/a/route.ts would be rendered when the image is built (GET)"),
        ({"next.config.mjs": "export default {output: 'export'};\n"},
         "next.config.mjs sets output"),
        ({"package.json": '{"scripts": {"dev": "next dev", "build": "next build && ./x.sh"}}'},
         "the script build of package.json runs `./x.sh`"),
        ({"package.json": '{"scripts": {"dev": "next dev", "build": "vite build"}}'},
         "the script build of package.json does something else than `next build`"),
        ({"package.json":
          '{"scripts": {"dev": "next dev --experimental-https", "build": "next build"}}'},
         "next dev is told --experimental-https"),
    ],
)  # fmt: skip
def test_what_may_differ_once_built_stands_against_it(files: Mapping[str, str], why: str) -> None:
    made = _planned("CMD npm run dev\n", {**_NEXT, **files})
    assert _after(made) == "CMD npm run dev\n"
    (finding,) = made.left
    assert isinstance(finding.remedy, Refused)
    assert finding.remedy.reason == why


@pytest.mark.parametrize(
    "command",
    [
        "# Start in development mode instead of trying to build\nCMD npm run dev\n",
        "# For development, sources are mounted\nEXPOSE 80\nCMD npm run dev\n",
        "ENV NODE_ENV=development\nCMD npm run dev\n",
    ],
)
def test_an_image_that_is_said_to_be_for_development_stays_so(command: str) -> None:
    made = _planned(command, _NEXT)
    assert _after(made) == command
    assert [type(finding.remedy) for finding in made.left] == [Refused]


def test_a_command_that_compose_repeats_goes_there() -> None:
    compose = "services:\n  api:\n    build: .\n    command: npm run dev # watched\n"
    made = _planned("CMD npm run dev\n", {"compose.yaml": compose})
    assert _after(made) == "CMD node server.js --port=80\n"
    now = made.tree.read("compose.yaml")
    assert now is not None
    assert now.text == "services:\n  api:\n    build: .\n"
    (found,) = made.found
    assert (found.file, found.line, found.services) == ("compose.yaml", 2, ("api",))
    assert "the script dev of package.json, which is api's command, watches" in found.message


@pytest.mark.parametrize(
    "compose",
    [
        "services:\n  api:\n    build: .\n    command: npm run dev\n"
        "  job:\n    build: .\n    command: node job.js\n",
        "x-a: &a\n  command: npm run dev\nservices:\n  api:\n    <<: *a\n    build: .\n",
        "services:\n  api:\n    build: .\n    entrypoint: []\n    command: npm run dev\n",
    ],
)
def test_another_command_in_compose_is_left_alone(compose: str) -> None:
    made = _planned("CMD npm run dev\n", {"compose.yaml": compose})
    assert not made.applied
    assert made.found[0].file == "compose.yaml"


def test_the_image_of_which_no_service_runs_the_command_is_told_for_itself() -> None:
    compose = "services:\n  api:\n    build: .\n    command: node server.js\n"
    (found,) = _planned("CMD npm run dev\n", {"compose.yaml": compose}).found
    assert (found.file, found.line, found.services) == ("Dockerfile", 5, ())


@pytest.mark.parametrize(
    ("settings", "command", "found"),
    [
        ("ENV FLASK_DEBUG=1\n", "flask run", "runs Flask's debugger (FLASK_DEBUG)"),
        ("ENV FLASK_DEBUG=0 FLASK_ENV=development\n", "flask run", ""),
        ("ENV FLASK_ENV=development\n", "conda run -n a flask run",
         "runs Flask's debugger, in its versions before 2.3 (FLASK_ENV)"),
        ("ENV FLASK_DEBUG=1\n", "gunicorn app:app", ""),
        ("", "flask run", ""),
    ],
)  # fmt: skip
def test_flasks_debugger_may_be_asked_for_by_a_variable(
    settings: str, command: str, found: str
) -> None:
    made = planned(RULE, {"Dockerfile": f"FROM python:3.11\n{settings}CMD {command}\n"})
    assert [one.message for one in made.found] == (
        [f"the image's command {found}"] if found else []
    )
