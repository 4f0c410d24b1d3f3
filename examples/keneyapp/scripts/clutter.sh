#!/bin/sh
# Makes a copy of KeneyApp look like a laptop where people have worked for a year:
# virtual environment, node_modules, git history, caches, coverage, dumps, uploads,
# browser tests. None of it belongs in an image; all of it is in the build context.
#
#   scripts/clutter.sh [DIR]      DIR: a copy of the project (default: this one)
#
# Writes below DIR only (pip, uv and npm use their own download caches as always).
# Run again, it does only what is missing. The same project gives the same sizes.
# UV names the uv to use; without one, python3 -m venv and pip do the same work.
set -eu

dir=${1:-$(dirname "$0")/..}
dir=$(cd "$dir" && pwd -P)
cd "$dir"

if [ ! -f requirements.txt ] || [ ! -f frontend/package.json ]; then
    echo "clutter: $dir is not a copy of KeneyApp" >&2
    exit 2
fi
command -v python3 >/dev/null || { echo "clutter: python3 is needed" >&2; exit 2; }

failed=""
say() { echo "clutter: $*"; }

# --- git: before everything else, so that the history has only the project in it ---

unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_COMMON_DIR GIT_NAMESPACE
git_here() {
    GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git --git-dir="$dir/.git" --work-tree="$dir" \
        -c safe.directory='*' -c user.name='Aminata Keita' -c user.email=aminata@keneyapp.example \
        -c commit.gpgsign=false -c core.hooksPath=/dev/null -c core.autocrlf=false \
        -c core.compression=1 -c gc.auto=0 -c maintenance.auto=false "$@"
}
commit() { # DATE MESSAGE
    GIT_AUTHOR_DATE="$1T09:00:00Z" GIT_COMMITTER_DATE="$1T09:00:00Z" \
        git_here commit -q --allow-empty -m "$2"
}

# junk FILE BYTES SEED: bytes that do not compress, the same every time
junk() {
    python3 - "$@" <<'PY'
import os, random, sys

path, size, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if not (os.path.exists(path) and os.path.getsize(path) == size):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    source = random.Random(seed)
    with open(path, "wb") as out:
        while size:
            part = source.randbytes(min(size, 1 << 20))
            size -= out.write(part)
PY
}

git_history() {
    if [ -e .git ]; then
        say "there is a .git already"
        return 0
    fi
    command -v git >/dev/null || { say "no git here: the copy gets no history"; return 0; }
    git_here init -q -b main
    git_here add -A -- README.md requirements.txt app 2>/dev/null || git_here add -A -- app
    commit 2024-11-04 "API: patients and appointments"
    git_here add -A -- frontend
    commit 2025-01-13 "Web client"
    # What every repository has: big files that somebody committed and removed again.
    junk old/demo-video.mp4 11000000 demo
    junk old/brand/logo-print.psd 6000000 logo
    git_here add -f -- old
    commit 2025-03-03 "Files for the sales demo"
    rm -r old/brand
    junk old/demo-video.mp4 9000000 demo-2
    junk old/production.dump 8000000 production
    git_here add -A -f -- old
    commit 2025-05-19 "New demo video"
    git_here rm -r -q -f -- old
    rm -rf old
    commit 2025-05-20 "Remove large files"
    git_here add -A -- .
    commit 2025-09-08 "Reports, FHIR, monitoring, Kubernetes"
    git_here tag v1.8.0
}

# --- Python: venv/ ---

make_venv() {
    mark=venv/.requirements.txt
    if cmp -s requirements.txt "$mark" 2>/dev/null; then return 0; fi
    rm -rf venv
    uv=${UV:-$(command -v uv || true)}
    if [ -n "$uv" ]; then
        "$uv" venv -q --no-project --python "$(command -v python3)" venv &&
            "$uv" pip install -q --link-mode copy --no-compile-bytecode --python venv/bin/python \
                -r requirements.txt || return 1
    else
        python3 -m venv venv &&
            venv/bin/pip install -q --disable-pip-version-check --no-compile \
                -r requirements.txt || return 1
    fi
    cp requirements.txt "$mark"
}

# --- Node: frontend/node_modules and frontend/dist ---

make_node() {
    if ! command -v npm >/dev/null; then
        say "no npm here: the copy gets no frontend/node_modules and no frontend/dist"
        return 0
    fi
    cd frontend
    mark=node_modules/.package-lock.copy
    if ! cmp -s package-lock.json "$mark" 2>/dev/null; then
        npm ci --no-audit --no-fund --prefer-offline --loglevel=error >/dev/null || return 1
        cp package-lock.json "$mark"
    fi
    [ -f dist/index.html ] || npx --no-install vite build --logLevel error || return 1
}

# --- everything that tests, tools and people leave behind ---

make_rest() {
    python3 -m compileall -q app alembic scripts tests || return 1
    python3 - <<'PY'
import hashlib
import html
import json
import os
import random
import sqlite3
from pathlib import Path


def put(path, data):
    path = Path(path)
    if isinstance(data, str):
        data = data.encode()
    if not (path.is_file() and path.stat().st_size == len(data)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def noise(path, size, magic=b""):
    """A file that does not compress: a picture, a film, an archive."""
    if not (os.path.isfile(path) and os.path.getsize(path) == size):
        put(path, magic + random.Random(path).randbytes(size - len(magic)))


sources = sorted(p for top in ("app", "scripts", "tests") for p in Path(top).rglob("*.py"))

# Tests and linters
for name in ("v/cache/lastfailed", "v/cache/stepwise"):
    put(f".pytest_cache/{name}", "{}\n")
ids = [f"{p}::test_{n}" for p in sources if p.name.startswith("test_") for n in range(12)]
put(".pytest_cache/v/cache/nodeids", json.dumps(ids, indent=2))
put(".pytest_cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")
packages = """sqlalchemy pydantic fastapi starlette celery kombu redis alembic asyncio email http
    concurrent collections json logging unittest xml ctypes importlib typing_extensions""".split()
for package in packages:
    source = random.Random(package)
    for n in range(24):
        names = [f"{package}.{source.getrandbits(48):x}" for _ in range(source.randint(40, 230))]
        tree = {".class": "MypyFile", "_fullname": f"{package}.module_{n}", "names": {
            name: {".class": "SymbolTableNode", "kind": "Gdef", "node": {
                ".class": "FuncDef", "name": name, "flags": ["is_property"], "type": "builtins.str"}}
            for name in names}}
        put(f".mypy_cache/3.11/{package}/module_{n}.data.json", json.dumps(tree))
        put(f".mypy_cache/3.11/{package}/module_{n}.meta.json", json.dumps(
            {"id": f"{package}.module_{n}", "hash": hashlib.sha1(names[0].encode()).hexdigest(),
             "dep_lines": list(range(40)), "interface_hash": "0" * 40, "version_id": "1.19.1"}))
put(".mypy_cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")

# Coverage of both halves
def report(target, files):
    rows = []
    for p in files:
        lines = p.read_text(encoding="utf-8", errors="replace").splitlines()
        page = "".join(
            f'<p class="{"run" if n % 7 else "mis"}"><span class="n"><a id="t{n}" href="#t{n}">{n}</a>'
            f'</span><span class="t">{html.escape(line)}&nbsp;</span></p>\n'
            for n, line in enumerate(lines, 1))
        name = str(p).replace("/", "_").replace(".", "_") + ".html"
        put(f"{target}/{name}", f"<!DOCTYPE html><title>{p}</title><body>{page}</body>\n")
        rows.append(f'<tr><td><a href="{name}">{p}</a></td><td>{len(lines)}</td></tr>\n')
    put(f"{target}/index.html", f"<!DOCTYPE html><table>{''.join(rows)}</table>\n")

report("htmlcov", sources)
client = sorted(Path("frontend/src").rglob("*.ts*"))
report("frontend/coverage/lcov-report", client)
put("frontend/coverage/lcov.info", "".join(
    f"SF:{p}\n" + "".join(f"DA:{n},{n % 5}\n" for n in range(1, 80)) + "end_of_record\n" for p in client))
if not os.path.exists(".coverage"):
    with sqlite3.connect(".coverage") as db:
        db.execute("create table file (id integer primary key, path text)")
        db.execute("create table line_bits (file_id integer, numbits blob)")
        for n, p in enumerate(sources):
            db.execute("insert into file values (?, ?)", (n, str(p)))
            db.execute("insert into line_bits values (?, ?)", (n, b"\x7f" * 64))
    db.close()

# Logs (the rotated ones slip through *.log), and what the scheduler remembers
def log(path, lines):
    source = random.Random(path)
    put(path, "".join(
        f"2025-{source.randint(1, 12):02}-{source.randint(1, 28):02} 10:{n % 60:02}:{n // 60 % 60:02},"
        f"{source.randint(100, 999)} INFO uvicorn.access: 10.0.0.{source.randint(2, 254)} - "
        f'"GET /api/v1/patients/{source.randint(1, 5000)} HTTP/1.1" 200\n' for n in range(lines)))

for n in range(1, 6):
    log(f"logs/api.log.{n}", 18000)
log("logs/api.log", 9000)
log("logs/celery.log.1", 12000)
put("celerybeat-schedule", random.Random("beat").randbytes(16384))

# A dump of the production database, taken to look at one bug
def dump(path, rows):
    if os.path.exists(path):
        return
    source = random.Random(path)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path + ".part", "w", encoding="utf-8") as out:
        out.write("--\n-- PostgreSQL database dump\n--\n\nCOPY public.patients (id, mrn, first_name, "
                  "last_name, birth_date, gender, phone, address, allergies) FROM stdin;\n")
        for n in range(rows):
            out.write(f"{n}\tKEN-{n:06}\tFirst{source.randint(1, 900)}\tLast{source.randint(1, 4000)}\t"
                      f"{source.randint(1930, 2020)}-0{source.randint(1, 9)}-1{source.randint(0, 9)}\t"
                      f"female\t+33 6 {source.randint(10000000, 99999999)}\t{source.getrandbits(96):024x}"
                      "\t\\N\n")
        out.write("\\.\n")
    os.replace(path + ".part", path)

dump("backups/keneyapp-2025-11-03.sql", 90000)
noise("backups/keneyapp-2025-10-27.dump", 5_000_000, b"PGDMP")

# Uploads of the development server
for n in range(1, 41):
    noise(f"uploads/{n % 10 + 1}/xray-{n:03}.jpg", 300_000 + 1000 * n, b"\xff\xd8\xff\xe0")
for n in range(1, 11):
    noise(f"uploads/reports/report-{n:03}.pdf", 60_000 + 500 * n, b"%PDF-1.7\n")

# The last runs of the browser tests
for n in range(1, 31):
    noise(f"e2e/screenshots/step-{n:03}.png", 110_000 + 700 * n, b"\x89PNG\r\n\x1a\n")
for n in range(1, 5):
    noise(f"e2e/videos/appointments-{n}.webm", 2_400_000 + 10_000 * n, b"\x1aE\xdf\xa3")
for n in range(1, 3):
    noise(f"e2e/test-results/appointments-retry{n}/trace.zip", 1_500_000, b"PK\x03\x04")

# Editors and the operating system
put(".idea/workspace.xml", '<?xml version="1.0"?>\n<project version="4" />\n')
put(".vscode/settings.json", '{ "python.defaultInterpreterPath": "venv/bin/python" }\n')
put(".DS_Store", bytes(6148))
put(".env", "SECRET_KEY=a-secret-that-was-never-meant-for-an-image\nADMIN_PASSWORD=admin123\n")
put("terraform/terraform.tfstate.backup", json.dumps(
    {"version": 4, "resources": [{"type": "aws_db_instance", "name": f"r{n}"} for n in range(400)]},
    indent=2))
PY
}

git_history || failed="$failed git"

# The two installs wait for disk and network more than for the processor: side by side.
(make_node) & node=$!
(make_venv) & venv=$!
make_rest || failed="$failed rest"
wait "$venv" || failed="$failed venv"
wait "$node" || failed="$failed node"

python3 - <<'PY'
import os

sizes = {}
for top, _, names in os.walk("."):
    part = top.split(os.sep)[1:3]
    part = "/".join(part) if part[:1] == ["frontend"] else "".join(part[:1])
    for name in names:
        sizes[part] = sizes.get(part, 0) + os.lstat(os.path.join(top, name)).st_size
for part, size in sorted(sizes.items(), key=lambda item: -item[1]):
    if size > 1_000_000:
        print(f"clutter: {size / 1e6:7.1f} MB  {part or '.'}")
print(f"clutter: {sum(sizes.values()) / 1e6:7.1f} MB  in all")
PY

if [ -n "$failed" ]; then
    echo "clutter: failed:$failed" >&2
    exit 1
fi
