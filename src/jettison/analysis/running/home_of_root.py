"""What an image has in root's home, where the service of another user would not look."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING

from jettison.analysis.landing import project_path
from jettison.analysis.package_runs import package_runs
from jettison.analysis.running.fetched_python import fetches_python
from jettison.analysis.running.started import started
from jettison.dockerfile import Copy, Run
from jettison.ecosystem.python.code import is_test_file
from jettison.patterns import regex
from jettison.shell import Manager, Verb, package_calls, parse_commands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jettison.analysis.facts import Facts
    from jettison.analysis.project import Target
    from jettison.analysis.running.started import StartedCommand
    from jettison.dockerfile import Step
    from jettison.shell import Command

__all__ = ["needs_home_of_root"]

_FILLS_HOME = frozenset(
    "? curl wget sh bash python python3 pipx uv cargo rustup go git make node npx bun deno".split()
)
"""Programs that may put others into root's home, such as the scripts of installers."""
_AT_HOME = tuple(
    tuple(row.split())
    for row in (
        "playwright install,puppeteer browsers install,cypress install,pipx install,"
        "uv tool install,uv python install,poetry install,poetry self,pipenv install,pipenv sync,"
        "nltk.downloader,huggingface-cli download,hf download,dotnet tool install,"
        "composer global require,gem install --user-install,git config --global,npm config set"
    ).split(",")
)
_PLACES = ("_PATH", "_DIR", "_HOME", "_DATA", "_FOLDER", "_IN_PROJECT", "_CREATE", "_CACHE")
_ELSEWHERE = {
    "poetry": ("virtualenvs.create false", "virtualenvs.in-project true", "POETRY_VIRTUALENVS"),
    "pipenv": ("--system", "PIPENV_VENV_IN_PROJECT", "PIPENV_CUSTOM_VENV_NAME", "WORKON_HOME"),
    "nltk.downloader": ("-d ", "NLTK_DATA"),
    "uv": ("UV_TOOL_DIR", "UV_PYTHON_INSTALL_DIR"),
    "huggingface-cli": ("--local-dir", "HF_HOME"),
    "hf": ("--local-dir", "HF_HOME"),
}
_INTERPRETERS = regex(r"(python|pypy|node|deno|bun|ruby|php)[\d.]*|.*manage\.py|.*\.(py|m?js)")
_MODULES_OF_INSTALLS = frozenset("pip venv ensurepip compileall virtualenv".split())
_FETCHES = regex(
    r"\b(download|from_pretrained|snapshot_download|hf_hub_download|SentenceTransformer"
    r"|load_model|load_dataset|easyocr|torch\.hub|pipeline)\b(?!\s*=)"
)
_FETCHED_TO = regex(
    r"cache_dir|cache_folder|download_dir|download_root|local_dir|model_storage|HF_HOME"
    r"|HUGGINGFACE_HUB_CACHE|TRANSFORMERS_CACHE|SENTENCE_TRANSFORMERS_HOME|TORCH_HOME|NLTK_DATA"
    r"|XDG_CACHE_HOME"
)
_NAMES_HOME = regex(
    r"\bPath\.home\(|\bexpanduser\(|environ(\.get\(|\[)\s*['\"]HOME['\"]|getenv\(\s*['\"]HOME['\"]"
    r"|\bhomedir\(|process\.env\.HOME\b|['\"]~/"
)
_OF_COREPACK = frozenset({"pnpm", "pnpx", "yarn"})
_FETCHES_NONE = regex(r"[\^~]?[1-9](\.|$)")
"""Versions of pnpm that fetch no other one by themselves."""
_CODE = (".py", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
_BIGGEST = 512 * 1024
# Caches, and the environments of Poetry and Pipenv: what a RUN keeps there is told by the RUN.
_CACHES_OF_INSTALLS = regex(
    r"/root/(\.cache/(pip|uv|pypoetry|pdm|pipenv|yarn|pnpm|node-gyp|go-build|composer)|\.npm|\.yarn"
    r"|\.bun/install/cache|\.composer/cache|\.gnupg|\.wget-hsts|\.python_history|\.node_repl_history"
    r"|\.bashrc|\.profile|\.bash_history|\.config/pip|\.npmrc|\.yarnrc|\.condarc"
    r"|\.local/share/virtualenvs)(/|$)"
)


def needs_home_of_root(facts: Facts, target: Target) -> str:
    """What the services find in root's home only, for a person to read; ``""`` for nothing known.

    What they were seen to open there decides; then what RUNs keep there by themselves, by the code
    that they run, or by packages that they install.
    """
    return (
        _settings(target)
        or _copied(target)
        or _opened(facts, target)
        or _fetched(facts, target)
        or _code_of_home(facts, target)
        or _kept_by_packages(facts, target)
        or _python(facts, target)
        or _manager_of_node(facts, target)
        or _kept_by_tools(target)  # last, as another change may mend it
    )


def _settings(target: Target) -> str:
    if target.state.workdir.startswith("/root"):
        return f"the working directory is {target.state.workdir}"
    for name, value in target.state.env.items():
        if name == "PATH" and not any(_FILLS_HOME & _programs(step) for step in target.steps):
            continue  # what was there has moved to the stage that builds
        if "/root" in value.split(":") or any(v.startswith("/root/") for v in value.split(":")):
            return f"{name} names a folder in root's home"
    return ""


def _programs(step: Step) -> frozenset[str]:
    """The programs that a RUN in shell form starts; ``?`` is that of one in exec form."""
    run = step.instruction
    if not isinstance(run, Run):
        return frozenset()
    if run.argv is not None:
        return frozenset({"?"})
    script = parse_commands(run.script.text if run.script else run.command)
    return frozenset(posixpath.basename(one.name) for one in script.commands)


def _copied(target: Target) -> str:
    for step in target.steps:
        copy = step.expanded
        if isinstance(copy, Copy) and copy.destination.startswith("/root"):
            return f"line {copy.line} copies into root's home"
        run = step.instruction
        if isinstance(run, Run) and run.argv is None and not run.script:
            for call in package_calls(parse_commands(run.command)):
                if call.manager is Manager.PIP and call.flag("--user") is not None:
                    return f"line {run.line} installs into root's home"
    return ""


def _opened(facts: Facts, target: Target) -> str:
    """A file in root's home that a service was seen to open."""
    seen = facts.evidence.opened.get(target.name, frozenset())
    found = sorted(one for one in seen if one.startswith("/root/"))
    place = next((one for one in found if not _CACHES_OF_INSTALLS.match(one)), "")
    return f"a service opened {place} in root's home" if place else ""


def _kept_by_tools(target: Target) -> str:
    """A RUN that puts something into root's home, by its words or as a tool does by itself."""
    marks = ("/root/", "~/", "$HOME", "${HOME")
    for line, text, command in _commands(target):
        if command.name in ("rm", "find"):
            continue
        piece = text[command.span.start : command.span.end]
        sets = any(one.name == "HOME" for one in command.assignments)
        ends = any(word.unquoted in ("/root", "~") for word in command.words)
        if sets or ends or any(mark in piece for mark in marks):
            return f"line {line} puts something into root's home"
        words = [word.unquoted for word in command.words]
        if (tool := _keeps_at_home(words)) and not _told_elsewhere(target, text, tool):
            return f"line {line} puts something into root's home: {tool}"
    return ""


def _commands(target: Target) -> Iterator[tuple[int, str, Command]]:
    for step in target.steps:
        run = step.instruction
        if isinstance(run, Run) and run.argv is None:
            text = run.script.text if run.script else run.command
            for command in parse_commands(text).commands:
                yield run.line, text, command


def _keeps_at_home(words: list[str]) -> str:
    """The start of a command that keeps what it installs in its user's home, or ``""``."""
    for at in range(len(words)):
        for row in _AT_HOME:
            if tuple(w.partition("@")[0] for w in words[at : at + len(row)]) == row:
                return " ".join(row)
    return ""


def _told_elsewhere(target: Target, text: str, tool: str) -> bool:
    """Whether a setting puts what a tool of :data:`_AT_HOME` installs into another place."""
    name = tool.split(maxsplit=1)[0].replace(".", "_").replace("-", "_").upper()
    marks = _ELSEWHERE.get(tool.split(maxsplit=1)[0], ())
    own = (k for k in target.state.env if k.startswith(name) and k.endswith(_PLACES))
    return any(own) or any(
        mark in each for each in (text, *_scripts(target), *target.state.env) for mark in marks
    )


def _scripts(target: Target) -> Iterator[str]:
    for step in target.steps:
        if isinstance(step.instruction, Run) and step.instruction.argv is None:
            yield step.instruction.command


def _run_code(facts: Facts, target: Target) -> Iterator[StartedCommand]:
    """The commands of RUNs of the target's own stages that run code as root: no installers."""
    own = {stage.index for stage in target.lineage}
    for command in facts.of(started, target).commands:
        if not command.line or command.stage not in own:
            continue
        words = [posixpath.basename(word) for word in command.words]
        at = next((i for i, word in enumerate(words) if _INTERPRETERS.fullmatch(word)), None)
        if at is None or _MODULES_OF_INSTALLS.intersection(words[at + 1 : at + 3]):
            continue
        if "-c" in command.words and "(" not in command.words[-1]:  # it imports, and no more
            continue
        yield command


def _fetched(facts: Facts, target: Target) -> str:
    """A RUN whose code fetches models or corpora, which libraries keep in the home."""
    for command in _run_code(facts, target):
        texts = [" ".join(command.words)]
        modules = {file.path for file in target.files.own if file.path.endswith(".py")}
        named = {f"{word.replace('.', '/')}.py" for word in command.words} & modules
        for path in sorted(facts.of(started, target).scripts | named):
            if path in named or any(path.endswith(posixpath.normpath(w)) for w in command.words):
                source = facts.tree.read(project_path(target, path))
                texts += [source.text] if source is not None else []
        whole = "\n".join((*texts, *target.state.env))
        found = next((hit[0] for text in texts if (hit := _FETCHES.search(text))), "")
        if found and not _FETCHED_TO.search(whole):
            return f"line {command.line} may fetch something into root's home: {found}"
    return ""


def _code_of_home(facts: Facts, target: Target) -> str:
    """A file of code that names its user's home, where a RUN runs the code as root."""
    lines = [command.line for command in _run_code(facts, target)]
    if not lines:
        return ""
    for file in target.files.own:
        if not file.path.endswith(_CODE) or file.size > _BIGGEST or is_test_file(file.path):
            continue
        source = facts.tree.read(project_path(target, file.path))
        if source is not None and _NAMES_HOME.search(source.text):
            return f"{file.path} names its user's home, into which line {lines[0]} may write"
    return ""


def _python(facts: Facts, target: Target) -> str:
    """A Python that uv keeps in the home, to which its environments lead."""
    if "UV_PYTHON_INSTALL_DIR" in target.state.env:
        return ""
    for run in package_runs(target, frozenset(stage.index for stage in target.lineage)):
        for call in run.of(Manager.UV):
            makes = call.verb is Verb.INSTALL or call.subcommand_name == "venv"
            if makes and (why := fetches_python(facts, target, run, call)):
                return f"line {run.run.line} puts something into root's home: {why}"
    return ""


def _kept_by_packages(facts: Facts, target: Target) -> str:
    """A package of npm that fetches its program into the home when it is installed."""
    told = ("PUPPETEER_SKIP_DOWNLOAD", "PUPPETEER_CACHE_DIR", "PUPPETEER_SKIP_CHROMIUM_DOWNLOAD")
    if any(name in target.state.env for name in told):
        return ""
    names = {file.path[file.path.rfind("/") + 1 :] for file in target.files.own}
    if any(name.startswith(".puppeteerrc") or name == "puppeteer.config.js" for name in names):
        return ""
    for data in _manifests(facts, target):
        listed = data.get("dependencies")
        if isinstance(listed, dict) and "puppeteer" in listed:
            return "puppeteer keeps its browser in the home of the user that installs it"
    return ""


def _manager_of_node(facts: Facts, target: Target) -> str:
    """A manager that a service is started with, and whose program is kept in root's home.

    Another user would fetch it anew at each start. Corepack keeps what it fetches there, and so
    does pnpm from its version 10 on, where ``package.json`` names another version of it.
    """
    commands = facts.of(started, target).at_run_time
    names = [posixpath.basename(one.program) for one in commands]
    manager = next((name for name in names if name in _OF_COREPACK), "")
    if not manager or "PNPM_HOME" in target.state.env:
        return ""
    for line, _, command in _commands(target):
        words = [word.unquoted for word in command.words]
        if command.name == "corepack" and words[1:2] != ["disable"]:
            kept = "COREPACK_HOME" in target.state.env
            return "" if kept else f"line {line} lets corepack keep {manager} in root's home"
    named = [str(data.get("packageManager")) for data in _manifests(facts, target)]
    wanted = next((name.partition("+")[0] for name in named if name.startswith("pnpm@")), "")
    if manager != "pnpm" or not wanted:
        return ""
    for run in package_runs(target, frozenset(stage.index for stage in target.lineage)):
        for package in (p for call in run.of(Manager.NPM) for p in call.packages):
            version = package.version or ""
            same = wanted == f"pnpm@{version}" or _FETCHES_NONE.match(version)
            if package.name == "pnpm" and not same:
                return f"pnpm keeps {wanted}, which package.json names, in root's home"
    return ""


def _manifests(facts: Facts, target: Target) -> Iterator[Mapping[str, object]]:
    """The ``package.json`` files of the context that can be read."""
    for file in target.files.own:
        if posixpath.basename(file.path) != "package.json":
            continue
        source = facts.tree.read(project_path(target, file.path))
        try:
            data = json.loads(source.text) if source is not None else {}
        except ValueError:
            continue
        if isinstance(data, dict):
            yield data
