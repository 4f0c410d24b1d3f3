"""Tell which imports of an application and its packages can be met. Runs inside a container.

Started as ``python3 -c THIS '{"words": [...], "seconds": 20}'``; prints one JSON object. ``words``
are those of the commands that the service runs: they name its modules. The application's own
modules are read and compiled, never run. What they import, and the top modules of every installed
distribution, is imported in forked children whose output is thrown away; with ``names`` only these.
``had`` are top modules that another image has: what installed modules need of those that are not
here is told as ``lacking``. Python 3.8 and newer.
"""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
import json
import os
import re
import select
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_FILES = 3000
_MOST_BYTES = 1000000
_MODULE_SECONDS = 8.0
_MOST_ALONE = 20
_MOST_LACKING = 200
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_INSTALLERS = ("pip", "setuptools", "wheel", "distribute")
_NOT_CODE = ("__pycache__", "node_modules", "site-packages", "dist-packages")
_TESTS = ("test", "tests", "testing", "conftest", "conftest.py")
# Filesystem Hierarchy Standard 3.0, sections 3 and 6: where no application is in a bare "/".
_SYSTEM = frozenset(
    "bin boot dev etc home lib lib32 lib64 libx32 lost+found media mnt opt proc root run sbin srv "
    "sys tmp usr var".split()
)
_FOLDER_FLAGS = ("--chdir", "--app-dir", "--pythonpath", "--workdir")
_SYSTEM_ROOTS = ("/bin", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr/bin", "/usr/lib")


def main() -> None:
    asked = json.loads(sys.argv[1])
    _use_the_services_python(asked["words"])
    deadline = time.monotonic() + asked["seconds"]
    code = _Code(asked["words"])
    code.reach()
    packages = _top_modules(code)
    names = asked.get("names")
    found = dict.fromkeys(sorted(code.foreign | set(packages)))
    found.update(_imported(sorted(found) if names is None else names, deadline))
    gone = set(asked.get("had", ())).difference(packages, code.tops)
    print(
        json.dumps(
            {
                "files": code.files,
                "imports": code.imports,
                "unreached": sorted(code.unreached()),
                "packages": packages,
                "own": {name: code.has(name) for name in sorted(code.own)},
                "modules": found,
                "lacking": _lacking(gone, deadline),
                "beside": os.listdir("."),
            }
        )
    )


def _use_the_services_python(words: list[str]) -> None:
    """Starts again with the interpreter that the service runs on, where that is another one."""
    for word in words:
        name = os.path.basename(word)
        if not re.match(r"python[0-9.]*\Z", name) or not os.path.isabs(word):
            continue
        if word != sys.executable and os.access(word, os.X_OK):
            if os.environ.get("JETTISON_AGAIN"):
                return
            with open("/proc/self/cmdline", "rb") as file:
                argv = file.read().split(b"\0")[1:-1]
            os.environ["JETTISON_AGAIN"] = "1"
            os.execv(word, [word, *[os.fsdecode(one) for one in argv]])
        return


class _Code:
    """The application's code: its folders, and what of it the service's commands reach."""

    def __init__(self, words: list[str]) -> None:
        self.words = list(words)
        self.roots: list[str] = []
        self.tops: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.imports: dict[str, dict[str, int]] = {}
        self.reached: set[str] = set()
        self.own: set[str] = set()
        self.foreign: set[str] = set()
        self._read_scripts()
        self._find_roots()

    def _read_scripts(self) -> None:
        """The words of shell scripts that the commands name, which start the program proper."""
        for word in list(self.words):
            if os.path.isfile(word) and not word.endswith(".py"):
                with open(word, "rb") as file:
                    start = file.read(20000)
                if start.startswith(b"#!") and b"sh" in start.split(b"\n", 1)[0]:
                    self.words += start.decode("utf-8", "replace").replace('"', " ").split()

    def _find_roots(self) -> None:
        here = os.getcwd()
        roots = [here, *os.environ.get("PYTHONPATH", "").split(":")]
        for number, text in enumerate(self.words):
            before = self.words[number - 1] if number else ""
            word = text.split("=", 1)[-1]
            # A bare word that is a folder here is a package's name, not where packages are.
            place = "/" in word or word != text or before in _FOLDER_FLAGS
            if word.endswith(".py") and os.path.isfile(word):
                roots.append(os.path.dirname(os.path.abspath(word)))
            elif place and os.path.isdir(word):
                roots.append(os.path.abspath(word))
        for root in dict.fromkeys(root for root in roots if root and os.path.isdir(root)):
            foreign = root != here and root.startswith(_SYSTEM_ROOTS)
            if not foreign and not set(_NOT_CODE) & set(root.split("/")):
                self.roots.append(root)
        for root in self.roots:
            for name in sorted(os.listdir(root)):
                path = os.path.join(root, name)
                if root == "/" and name in _SYSTEM:
                    continue
                if name.endswith(".py"):
                    self.tops.setdefault(name[:-3], path)
                elif name.isidentifier() and name not in _NOT_CODE and _holds_code(path):
                    self.tops.setdefault(name, path)
        # What was installed from a folder is the application's own, and all of it is wanted.
        for name, path in _local_installs():
            self.words.append(name)
            self.tops.setdefault(name, path)

    def reach(self) -> None:
        """Reads what the commands, and then what is read, name, package by package."""
        waiting = []
        for text in [*self.words, *os.environ.values()]:
            for word in (text, text.split("=", 1)[-1]):
                if word.endswith(".py") and os.path.isfile(word):
                    waiting.append(os.path.basename(word)[:-3])
                elif _DOTTED.match(word.split(":", 1)[0]):
                    waiting.append(word.split(".", 1)[0].split(":", 1)[0])
        while waiting and len(self.files) < _MOST_FILES:
            name = waiting.pop()
            if name in self.tops and name not in self.reached and not _is_test(name):
                self.reached.add(name)
                for path in _sources(self.tops[name]):
                    waiting += self._read(path)

    def _read(self, path: str) -> list[str]:
        """The names of own top modules that a file speaks of; notes what it imports."""
        if len(self.files) >= _MOST_FILES or path in self.files:
            return []
        try:
            with open(path, "rb") as file:
                data = file.read(_MOST_BYTES)
            tree = ast.parse(data, path)
        except (OSError, SyntaxError, ValueError, RecursionError) as error:
            self.files[path] = f"{type(error).__name__}: {error}"
            return []
        self.files[path] = ""
        seen = _Imports(self._package(path))
        seen.visit(tree)
        self.imports[path] = seen.found
        for name in seen.found:
            (self.own if name.split(".")[0] in self.tops else self.foreign).add(name)
        return [name.split(".")[0] for name in (*seen.found, *seen.strings)]

    def _package(self, path: str) -> list[str]:
        folder = os.path.dirname(path)
        for root in sorted(self.roots, key=len, reverse=True):
            if (folder + "/").startswith(root.rstrip("/") + "/"):
                return [part for part in os.path.relpath(folder, root).split("/") if part != "."]
        return []

    def has(self, name: str) -> bool:
        """Whether a module of the application is there; of ``a.b``, ``b`` may be a name in it."""
        parts = name.split(".")
        path = self.tops.get(parts[0])
        if path is None:
            return False
        if path.endswith(".py"):
            return os.path.isfile(path)
        for number, part in enumerate(parts[1:], 1):
            inner = os.path.join(path, part)
            if os.path.isdir(inner):
                path = inner
            elif os.path.isfile(inner + ".py") or _extension(path, part):
                return True
            else:
                # The last part may be a class or a function of the package itself.
                initial = os.path.join(path, "__init__.py")
                return number == len(parts) - 1 and os.path.isfile(initial)
        return os.path.isdir(path)

    def unreached(self) -> set[str]:
        """Own top modules that nothing names, but for tests."""
        return {name for name in self.tops if name not in self.reached and not _is_test(name)}


class _Imports(ast.NodeVisitor):
    """The absolute names that a module imports, with their lines, and the strings it holds."""

    def __init__(self, package: list[str]) -> None:
        self.package = package
        self.found: dict[str, int] = {}
        self.strings: list[str] = []

    def visit_Import(self, node: ast.Import) -> None:
        for one in node.names:
            self.found.setdefault(one.name, node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = node.module or ""
        if node.level:
            kept = self.package[: len(self.package) - node.level + 1]
            base = ".".join([*kept, *([base] if base else [])])
        for one in node.names:
            name = base if one.name == "*" else ".".join(p for p in (base, one.name) if p)
            if name and base != "__future__":
                self.found.setdefault(name, node.lineno)

    def visit_If(self, node: ast.If) -> None:
        test = node.test
        # Where DEBUG is set, the service itself loads what stands there.
        if getattr(test, "id", getattr(test, "attr", "")) in ("TYPE_CHECKING", "DEBUG"):
            for one in node.orelse:
                self.visit(one)
            return
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in ("import_module", "__import__") and len(node.args) == 1:
            value = getattr(node.args[0], "value", None)
            if isinstance(value, str) and _DOTTED.match(value):
                self.found.setdefault(value, node.lineno)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(getattr(one, "id", "") == "INSTALLED_APPS" for one in node.targets):
            self.strings += [
                one.value
                for one in ast.walk(node.value)
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and len(node.value) < 200:
            name = node.value.split(":", 1)[0]
            if "." in name and _DOTTED.match(name):
                self.strings.append(name)


def _holds_code(path: str) -> bool:
    try:
        return os.path.isdir(path) and any(
            name.endswith(".py") or os.path.isfile(os.path.join(path, name, "__init__.py"))
            for name in os.listdir(path)
        )
    except OSError:
        return False


def _extension(folder: str, name: str) -> bool:
    return any(one.startswith(name + ".") and one.endswith(".so") for one in os.listdir(folder))


def _is_test(name: str) -> bool:
    return name in _TESTS or name.startswith("test_") or name.endswith("_test")


def _sources(path: str) -> Iterator[str]:
    if path.endswith(".py"):
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(n for n in folders if n.isidentifier() and n not in _NOT_CODE)
        folders[:] = [name for name in folders if not _is_test(name)]
        for name in sorted(names):
            if name.endswith(".py") and not _is_test(name[:-3]):
                yield os.path.join(folder, name)


def _local_installs() -> Iterator[tuple[str, str]]:
    """The top modules of distributions that were installed from a folder, with their paths."""
    for one in importlib.metadata.distributions():
        for file in one.files or () if _is_local(one) else ():
            top = str(file).split("/")[0]
            path = str(one.locate_file(top))
            if top.endswith(".py"):
                yield top[:-3], path
            elif top.isidentifier() and top not in _NOT_CODE and os.path.isdir(path):
                yield top, path


def _is_local(distribution: importlib.metadata.Distribution) -> bool:
    """Whether it was installed from a folder (PyPA, "Recording the Direct URL Origin")."""
    try:
        return "dir_info" in json.loads(distribution.read_text("direct_url.json") or "{}")
    except ValueError:
        return False


def _top_modules(code: _Code) -> dict[str, str]:
    """The top modules of each installed distribution, with its name."""
    found: dict[str, str] = {}
    for one in importlib.metadata.distributions():
        name = (one.metadata["Name"] or "").lower().replace("_", "-").replace(".", "-")
        if name in _INSTALLERS or _is_local(one):
            continue
        for file in one.files or ():
            parts = str(file).split("/")
            if parts[0] in ("..", "__pycache__") or not parts[-1].endswith((".py", ".so")):
                continue
            top = parts[0].split(".")[0]
            if not top.isidentifier() or _is_test(top) or top in ("docs", "examples"):
                continue
            # A folder without __init__ of its own is shared: nothing to import by that name.
            whole = len(parts) == 1 or (len(parts) == 2 and parts[1].startswith("__init__."))
            if whole and top not in code.tops:
                found.setdefault(top, name)
    return found


def _lacking(gone: set[str], deadline: float) -> dict[str, str]:
    """The installed modules that cannot be imported without one of the top modules ``gone``.

    With that. Only what a module imports in any case counts, whatever becomes of it.
    """
    found: dict[str, str] = {}
    if not gone:
        return found
    names = "|".join(sorted(gone)).encode()
    speaks = re.compile(rb"^(?:from|import)[ \t]+(?:" + names + rb")\b", re.MULTILINE)
    for one in importlib.metadata.distributions():
        if (one.metadata["Name"] or "").lower() in _INSTALLERS:
            continue
        for file in one.files or ():
            parts = str(file).split("/")
            if len(parts) < 2 or not parts[-1].endswith(".py") or parts[-1] == "__main__.py":
                continue
            parts[-1] = parts[-1][:-3]
            if not all(part.isidentifier() and not _is_test(part) for part in parts):
                continue
            if time.monotonic() > deadline or len(found) >= _MOST_LACKING:
                return found
            try:
                with open(str(one.locate_file(file)), "rb") as stream:
                    data = stream.read(_MOST_BYTES)
                name = _imports_first(ast.parse(data), gone) if speaks.search(data) else ""
            except (OSError, SyntaxError, ValueError, RecursionError):
                continue
            if name:
                found[".".join(parts).replace(".__init__", "")] = name
    return found


def _imports_first(tree: ast.Module, names: set[str]) -> str:
    """The first of the top modules that a module imports, unguarded, when it is loaded itself."""
    for node in tree.body:
        found = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            found = [node.module or ""]
        for name in found:
            if name.split(".")[0] in names:
                return name.split(".")[0]
    return ""


def _imported(names: list[str], deadline: float) -> dict[str, str | None]:
    """What came of importing each: ``""``, the error, or ``None`` where it was not tried."""
    found: dict[str, str | None] = dict.fromkeys(names)
    found.update(_in_child(names, deadline))
    failed = [name for name in names if found[name]]
    for name in failed[:_MOST_ALONE]:
        found.update(_in_child([name], deadline))
    return found


def _in_child(names: list[str], deadline: float) -> dict[str, str]:
    """The outcomes in one child, or in as many as are needed when some of them die."""
    found: dict[str, str] = {}
    left = list(names)
    while left and time.monotonic() < deadline:
        done, current = _one_child(left, deadline)
        found.update(done)
        left = [name for name in left if name not in done and name != current]
    return found


def _one_child(names: list[str], deadline: float) -> tuple[dict[str, str], str]:
    """What one child said of the names, and the one at which it died."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _import_all(names, writing)
        os._exit(0)
    os.close(writing)
    text = b""
    found: dict[str, str] = {}
    current: str | None = None
    ended = False
    last = time.monotonic()
    while True:
        until = min(deadline, last + _MODULE_SECONDS)
        ready, _, _ = select.select([reading], [], [], max(0.0, until - time.monotonic()))
        data = os.read(reading, 65536) if ready else b""
        if not data:
            ended = bool(ready)
            break
        last = time.monotonic()
        text += data
        *lines, text = text.split(b"\n")
        for line in lines:
            name, told = json.loads(line)
            current = name
            if told is not None:
                found[name] = told
    for stop in (os.killpg, os.kill):
        try:
            stop(child, signal.SIGKILL)
        except OSError:
            continue
    os.waitpid(child, 0)
    os.close(reading)
    if ended and current is not None and current not in found:
        found[current] = "it ends the program that imports it"
    return found, names[0] if current is None else current


def _import_all(names: list[str], writing: int) -> None:
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    sys.argv = ["jettison"]
    for name in names:
        _tell(writing, [name, None])
        try:
            _resolve(name)
            told = ""
        except BaseException as error:  # noqa: BLE001  (whatever a module raises, exit too)
            told = (f"{type(error).__name__}: {error}").split("\n", 1)[0][:300]
        _tell(writing, [name, told])


def _tell(writing: int, what: list[str | None]) -> None:
    os.write(writing, json.dumps(what).encode() + b"\n")


def _resolve(name: str) -> None:
    """Imports a dotted name whose last parts may be names in a module."""
    parts = name.split(".")
    found = importlib.import_module(parts[0])
    for number, part in enumerate(parts[1:], 2):
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(".".join(parts[:number]))


if __name__ == "__main__":
    main()
