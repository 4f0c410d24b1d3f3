"""Build and run something small and real on every base image."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.bases.catalog import ON_DEMAND
from lab.engine import Engine, find_engine
from lab.errors import LabError
from lab.folders import Folders
from lab.trial import Trials


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to work on a base image."""

    base: str
    name: str
    do: Callable[[Trials], None]


def check(folders: Folders, *, only: Sequence[str]) -> int:
    """Run the checks, one line each; 1 when one failed."""
    engine = find_engine(folders)
    if not isinstance(engine, Engine):
        raise LabError("no engine is up; run: lab/lab up")
    folders.prepare()
    log = folders.log / "check.log"
    log.unlink(missing_ok=True)
    scratch = folders.root / "check"
    scratch.mkdir(exist_ok=True)
    trials = Trials(engine, scratch, log)
    failed = passed = 0
    try:
        demanded = {base.reference for base in ON_DEMAND} - set(only)
        for one in (c for c in CHECKS if (not only or c.base in only) and c.base not in demanded):
            began = time.monotonic()
            try:
                one.do(trials)
                verdict, reason = "ok  ", ""
                passed += 1
            except LabError as error:
                verdict, reason = "FAIL", f"\n{error}"
                failed += 1
            seconds = time.monotonic() - began
            print(f"{verdict} {one.base:24} {one.name} ({seconds:.1f} s){reason}", flush=True)
    finally:
        trials.clear()
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _expect(text: str, *parts: str) -> None:
    """Fail unless all parts are in a text."""
    missing = [part for part in parts if part not in text]
    if missing:
        raise LabError(f"expected {missing} in:\n{text}")


def _debian(trials: Trials) -> None:
    """Packages can be installed, and apt keeps no downloaded files."""
    image = trials.build(
        "FROM debian:bookworm-slim\n"
        "RUN apt-get update && apt-get install -y --no-install-recommends curl "
        "&& ls /var/cache/apt/archives/ && rm -rf /var/lib/apt/lists/*\n"
        'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n'
        "RUN test -z \"$(find /var/cache/apt -name '*.deb')\"\n"
        "RUN <<END\n"
        "groupadd --system app\n"
        "useradd --system --gid app --create-home app\n"
        "END\n"
        "USER app\n"
    )
    command = "curl --version && whoami && cat /etc/debian_version && find /usr/share/doc -type f"
    text = trials.output(image, "bash", "-c", command)
    _expect(text, "curl 7.88", "app", "12.", "copyright")


_PYTHON = """
import bz2, ctypes, curses, dbm.gnu, hashlib, lzma, readline, sqlite3, ssl, sys, sysconfig, uuid
import zlib, zoneinfo
import fastapi, markupsafe._speedups
assert fastapi.__file__.startswith("/usr/local/lib/python3.11/site-packages/"), fastapi.__file__
assert sys.executable == "/usr/local/bin/python", sys.executable
assert sysconfig.get_config_var("Py_ENABLE_SHARED") == 1
assert ctypes.CDLL("libpython3.11.so.1.0").Py_IsInitialized()
assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
assert zoneinfo.ZoneInfo("Europe/Paris")
print(ssl.OPENSSL_VERSION, sys.version)
"""


def _python(trials: Trials) -> None:
    """Debian packages, wheels and a C extension can be installed; the standard library is whole."""
    image = trials.build(
        "FROM python:3.11-slim\n"
        "RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev "
        "libpq-dev curl "
        "&& rm -rf /var/lib/apt/lists/*\n"
        "RUN pip install --no-cache-dir fastapi\n"
        "RUN --mount=type=cache,target=/root/.cache/pip pip install --no-binary :all: markupsafe\n"
        "COPY test.py .\n"
        'CMD ["python", "test.py"]\n',
        {"test.py": _PYTHON},
    )
    _expect(trials.output(image), "OpenSSL 3", "3.11.")


def _python_bare(trials: Trials) -> None:
    """The command, pip and virtual environments work as they come."""
    script = (
        "python -m venv /tmp/v && /tmp/v/bin/pip --version && pip3 --version && python3 -V "
        "&& python3-config --includes && echo $PYTHON_VERSION $LANG"
    )
    text = trials.output("python:3.11-slim", "sh", "-c", script)
    _expect(text, "pip 24.0", "Python 3.11", "/usr/local/include/python3.11", "C.UTF-8")
    command = trials.docker("image", "inspect", "-f", "{{json .Config.Cmd}}", "python:3.11-slim")
    _expect(command, '["python3"]')


_PACKAGE = '{"name": "check", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}\n'


def _node(trials: Trials, base: str, add_user: str) -> None:
    """Packages install in a build, and run as the user node."""
    image = trials.build(
        f"FROM {base}\n"
        f"RUN {add_user}\n"
        "WORKDIR /app\n"
        "COPY package.json ./\n"
        "RUN npm install && npm ls is-number && yarn --version && npx --version\n"
        "RUN chown -R node:node /app\n"
        "USER node\n",
        {"package.json": _PACKAGE},
    )
    program = "console.log(process.version, require('is-number')(5), require('os').userInfo().uid)"
    _expect(trials.output(image, "-e", program), "v25.", "true 1000")
    _expect(trials.output(image, "npm", "--version"), "11.")
    _expect(trials.output(image, "sh", "-c", "id -un && echo $NODE_VERSION"), "node", "25.")


def _node_alpine(trials: Trials) -> None:
    """The alpine one, with busybox's way of adding users."""
    _node(trials, "node:25-alpine", "addgroup -S app && adduser -S app -G app && id app")
    text = trials.output(
        "node:25-alpine", "sh", "-c", "busybox | head -n1; command -v bash || true"
    )
    _expect(text, "BusyBox")


def _node_slim(trials: Trials) -> None:
    """The Debian one."""
    _node(trials, "node:25-slim", "groupadd --system app && useradd --system --gid app app")


_PUBLISH = ("--publish", "127.0.0.1::80")


def _nginx(trials: Trials) -> None:
    """The default page is served, and the log goes to the terminal."""
    with trials.container("nginx:alpine", options=_PUBLISH) as server:
        _expect(server.page(80), "Welcome to nginx!")
        _expect(server.run("wget", "-q", "-O-", "http://localhost/"), "Welcome to nginx!")
        _expect(server.run("curl", "-sI", "http://127.0.0.1/"), "200 OK", "nginx/")
        _expect(server.logs(), "GET / HTTP/1.1", "ready for start up")


_TEMPLATE = """
server {
    listen 80;
    gzip on;
    add_header X-Frame-Options DENY;
    location / { root /usr/share/nginx/html; try_files $uri /index.html; }
    location = /greeting { default_type text/plain; return 200 "${GREETING} $uri"; }
}
"""


def _nginx_template(trials: Trials) -> None:
    """A site built by Node is served by a server from a template with variables."""
    image = trials.build(
        "FROM node:25-alpine AS build\n"
        "RUN mkdir /site && node -e \"fs.writeFileSync('/site/index.html', 'made by node')\"\n"
        "FROM nginx:alpine\n"
        "COPY default.conf.template /etc/nginx/templates/\n"
        "COPY --from=build --link /site /usr/share/nginx/html\n",
        {"default.conf.template": _TEMPLATE},
    )
    options = (*_PUBLISH, "--env", "GREETING=hello")
    with trials.container(image, options=options) as server:
        _expect(server.page(80, "/greeting"), "hello /greeting")
        _expect(server.page(80, "/any/path"), "made by node")


_PLAIN = """
pid /tmp/nginx.pid;
events {}
http {
    include /etc/nginx/mime.types;
    server { listen 8080; location / { root /usr/share/nginx/html; } }
}
"""


def _nginx_user(trials: Trials) -> None:
    """It runs as an ordinary user on port 8080."""
    image = trials.build(
        "FROM nginx:alpine\n"
        "COPY nginx.conf /etc/nginx/nginx.conf\n"
        "RUN chown -R nginx:nginx /var/cache/nginx && nginx -t && rm -f /tmp/nginx.pid\n"
        "USER nginx\n"
        "EXPOSE 8080\n",
        {"nginx.conf": _PLAIN},
    )
    with trials.container(image, options=("--publish", "127.0.0.1::8080")) as server:
        _expect(server.page(8080), "Welcome to nginx!")
        _expect(server.run("id", "-u"), "101")


_SQL = "CREATE TABLE numbers AS SELECT generate_series(1, 10) AS n;\nCREATE EXTENSION pgcrypto;\n"
_SCRIPT = """#!/bin/bash
set -e
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<-END
    CREATE USER reader PASSWORD 'r';
END
"""


def _postgres(trials: Trials) -> None:
    """The database initializes with its scripts and answers another container with a password."""
    image = trials.build(
        "FROM postgres:15-alpine\nCOPY init /docker-entrypoint-initdb.d/\n",
        {"init/1.sql": _SQL, "init/2.sh": _SCRIPT},
    )
    variables = {"POSTGRES_USER": "app", "POSTGRES_PASSWORD": "secret", "POSTGRES_DB": "shop"}
    options = [part for key, value in variables.items() for part in ("--env", f"{key}={value}")]
    with trials.network() as network:
        joined = ("--network", network)
        with trials.container(
            image, options=(*options, *joined, "--network-alias", "db")
        ) as server:
            server.wait_for("pg_isready", "-h", "127.0.0.1", "-U", "app", "-d", "shop")
            query = "select sum(n), pg_jit_available(), version() from numbers"
            address = "postgresql://app:secret@db/shop"
            text = trials.output(image, "psql", address, "-Atc", query, options=joined)
            _expect(text, "55|t|PostgreSQL 15")
            _expect(server.run("psql", "-U", "app", "shop", "-Atc", "\\du"), "reader")
            _expect(server.run("psql", "-U", "app", "shop", "-Atc", "show lc_collate"), "en_US")
            with_wrong = "psql postgresql://app:wrong@db/shop -c 'select 1' 2>&1 || true"
            text = trials.output(image, "sh", "-c", with_wrong, options=joined)
            _expect(text, "password authentication failed")


def _postgres_password(trials: Trials) -> None:
    """Without a password it refuses to start, and says why."""
    text = trials.output(
        "postgres:15-alpine",
        "-c",
        "docker-entrypoint.sh postgres 2>&1 || true",
        options=("--entrypoint", "sh"),
    )
    _expect(text, "superuser password is not specified")


def _redis(trials: Trials) -> None:
    """The server answers another container and keeps its data as the user redis."""
    with trials.network() as network:
        joined = ("--network", network)
        command = ("redis-server", "--appendonly", "yes")
        options = (*joined, "--network-alias", "cache")
        with trials.container("redis:7-alpine", *command, options=options) as server:
            _expect(server.wait_for("redis-cli", "ping"), "PONG")
            ask = ("redis-cli", "-h", "cache")
            trials.output("redis:7-alpine", *ask, "set", "key", "value", options=joined)
            text = trials.output("redis:7-alpine", *ask, "get", "key", options=joined)
            _expect(text, "value")
            _expect(server.run("sh", "-c", "stat -c %U /data/appendonlydir"), "redis")


def _prometheus(trials: Trials) -> None:
    """The program has its tools, and the server becomes ready as the user nobody."""
    text = trials.output("prom/prometheus:latest", "--version")
    _expect(text, "prometheus, version 2.")
    options = ("--publish", "127.0.0.1::9090")
    with trials.container("prom/prometheus:latest", options=options) as server:
        _expect(server.page(9090, "/-/ready"), "Ready")
        _expect(server.page(9090, "/api/v1/query?query=1%2B1"), '"2"')
        check_config = ("promtool", "check", "config", "/etc/prometheus/prometheus.yml")
        _expect(server.run(*check_config), "SUCCESS")
        _expect(server.run("wget", "-q", "-O-", "http://localhost:9090/-/healthy"), "Healthy")


_GO = """
package main

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
)

func main() { fmt.Println(chi.NewRouter() != nil, http.StatusOK) }
"""


def _golang(trials: Trials) -> None:
    """A module is fetched and built, with cgo and without."""
    image = trials.build(
        "FROM golang:1.19\nWORKDIR /app\nCOPY . .\n"
        "RUN go mod init example.org/check && go get github.com/go-chi/chi/v5@v5.0.8 "
        "&& go build -o /check . && CGO_ENABLED=0 go build -o /static .\n",
        {"main.go": _GO},
    )
    text = trials.output(image, "sh", "-c", "/check && /static && go env GOROOT GOPATH")
    _expect(text, "true 200\ntrue 200\n", "/usr/local/go", "/go")


_RUST = """use tokio::time;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    time::sleep(time::Duration::from_millis(1)).await;
    println!("slept");
}
"""
_CARGO = """[package]
name = "check"
version = "0.1.0"
edition = "2021"

[dependencies]
tokio = { version = "=1.38.0", features = ["macros", "rt", "time"] }
"""


def _rust(trials: Trials) -> None:
    """A crate is fetched and built, and runs without the compiler."""
    image = trials.build(
        "FROM rust:1 AS build\nWORKDIR /app\nCOPY . .\nRUN cargo install --path .\n"
        "FROM debian:bookworm-slim\n"
        "COPY --from=build /usr/local/cargo/bin/check /usr/local/bin/check\n"
        'CMD ["check"]\n',
        {"src/main.rs": _RUST, "Cargo.toml": _CARGO},
    )
    _expect(trials.output(image), "slept")


def _distroless(trials: Trials) -> None:
    """A static program runs as the image's user, and owns the folder that it works in."""
    image = trials.build(
        "FROM golang:1.19 AS build\nWORKDIR /app\nCOPY . .\n"
        "RUN CGO_ENABLED=0 go build -o /static static.go\n"
        "FROM gcr.io/distroless/static-debian12:nonroot\nWORKDIR /data\n"
        'COPY --from=build /static /static\nCMD ["/static"]\n',
        {"static.go": _STATIC},
    )
    _expect(trials.output(image), "65532 <nil> <nil> <nil>")


_STATIC = """package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	_, zone := time.LoadLocation("Europe/Berlin")
	here := os.WriteFile("here", nil, 0o600)
	fmt.Println(os.Getuid(), zone, here, os.WriteFile("/tmp/x", nil, 0o600))
}
"""
_JAVA = 'class Check { public static void main(String[] a) { System.out.println("runs"); } }\n'


def _java(trials: Trials) -> None:
    """What the JDK compiles, its runtime runs; Maven finds Java."""
    image = trials.build(
        "FROM eclipse-temurin:17-jdk AS build\nWORKDIR /app\nCOPY . .\nRUN javac Check.java\n"
        "FROM eclipse-temurin:17-jre\nWORKDIR /app\nCOPY --from=build /app/Check.class .\n"
        'CMD ["java", "Check"]\n',
        {"Check.java": _JAVA},
    )
    _expect(trials.output(image), "runs")
    _expect(trials.output("maven:3-eclipse-temurin-17", "mvn", "--version"), "Java version: 17")


CHECKS = (
    Check("debian:bookworm-slim", "apt in a build, heredoc, a user of its own", _debian),
    Check("python:3.11-slim", "python, pip and venv as they come", _python_bare),
    Check("python:3.11-slim", "apt, pip and a C extension in a build", _python),
    Check("node:25-alpine", "npm install in a build, user node, adduser", _node_alpine),
    Check("node:25-slim", "npm install in a build, user node", _node_slim),
    Check("nginx:alpine", "default page, wget, curl, logs", _nginx),
    Check("nginx:alpine", "site from a node stage, template, gzip, headers", _nginx_template),
    Check("nginx:alpine", "as an ordinary user on 8080", _nginx_user),
    Check("postgres:15-alpine", "init scripts, password, JIT, locale", _postgres),
    Check("postgres:15-alpine", "refuses to start without a password", _postgres_password),
    Check("redis:7-alpine", "append-only server, another container", _redis),
    Check("prom/prometheus:latest", "version, ready, query, promtool", _prometheus),
    Check("golang:1.19", "a module in a build, with and without cgo", _golang),
    Check("rust:1", "a crate in a build, run on plain Debian", _rust),
    Check("gcr.io/distroless/static-debian12:nonroot", "a static program as its user", _distroless),
    Check("maven:3-eclipse-temurin-17", "javac, its runtime, Maven", _java),
)
