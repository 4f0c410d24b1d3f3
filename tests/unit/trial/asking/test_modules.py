"""What can be imported in an image, read by the scripts themselves, and two sides compared."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jettison.analysis.evidence import ImageEvidence
from jettison.engine import RunResult, Sandbox
from jettison.trial.asking.modules import asked_before, import_notes, import_rows
from jettison.trial.inside import script
from jettison.trial.learned import Imports
from jettison.trial.let_go import LetGo

if TYPE_CHECKING:
    from pathlib import Path


def _written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def _python(root: Path, *words: str, path: str = "", **more: list[str]) -> dict[str, Any]:
    asked = json.dumps({"words": words, "seconds": 20, **more})
    # As in a container: nothing of Jettison can be imported.
    hidden = f"import sys; sys.modules['jettison'] = None\n{path}"
    text = script("python_imports.py").replace("import ast\n", f"{hidden}import ast\n", 1)
    argv = [sys.executable, "-c", text, asked]
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_python_code_that_the_command_reaches_is_read_and_never_run(tmp_path: Path) -> None:
    root = _written(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/main.py": "open('ran', 'w')\nfrom app.parts import late\nimport json, nowhere\n",
            "app/parts/late.py": (
                "def f():\n    import colorsys\n    from email.message import EmailMessage\n"
                "    from ..gone import x\n    importlib.import_module('no_such_one')\n"
            ),
            "app/tests/test_it.py": "import only_for_tests\n",
            "scripts/seed.py": "import only_for_seeding\n",
            "plugins/extra.py": "import wave\n",
            "app/settings.py": "INSTALLED_APPS = ['plugins', 'elsewhere']\n",
            "app/types.py": "if TYPE_CHECKING:\n    import only_for_types\nimport enum\n"
            "if settings.DEBUG:\n    import only_for_debugging\n",
            "app/broken.py": "def (\n",
        },
    )
    told = _python(root, "uvicorn", "app.main:app")
    assert not (root / "ran").exists()
    modules = told["modules"]
    for name in ("json", "colorsys", "email.message.EmailMessage", "wave", "enum"):
        assert modules[name] == "", name
    assert str(modules["nowhere"]).startswith("ModuleNotFoundError")
    assert str(modules["no_such_one"]).startswith("ModuleNotFoundError")
    assert not {"only_for_tests", "only_for_seeding", "only_for_types"} & modules.keys()
    assert told["own"] == {"app.parts.late": True, "app.gone.x": False}
    assert told["unreached"] == ["scripts"]
    assert str(told["files"][str(root / "app/broken.py")]).startswith("SyntaxError")
    assert modules["httpx"] == "", "installed packages are imported, too"


def test_a_folder_counts_where_it_is_said_to_hold_the_code(tmp_path: Path) -> None:
    files = {"src/shop/wave.py": "", "src/shop/main.py": "import shop.wave, wave, gone_too\n"}
    root = _written(tmp_path, files)
    told = _python(root, "gunicorn", "--chdir", "src", "-k", "shop", "shop.main:app")
    assert told["own"] == {"shop.wave": True}
    assert told["modules"]["wave"] == ""
    assert _python(root, "gunicorn", "src", "shop.main:app")["own"] == {}


def test_an_import_that_dies_or_prints_spoils_nothing(tmp_path: Path) -> None:
    lib = _written(
        tmp_path / "lib",
        {
            "dies.py": "import os\nos._exit(3)\n",
            "leaves.py": "raise SystemExit(0)\n",
            "talks.py": "print('[' * 70000)\n",
        },
    )
    root = _written(tmp_path / "srv", {"serve.py": "import dies, leaves, talks, wave\n"})
    asked = json.dumps({"words": ["python", "serve.py"], "seconds": 20})
    code = f"import sys; sys.path.append({str(lib)!r})\n"
    text = script("python_imports.py").replace("import ast\n", f"import ast\n{code}", 1)
    argv = [sys.executable, "-c", text, asked]
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=True)
    modules = json.loads(done.stdout)["modules"]
    assert modules["dies"] == "it ends the program that imports it"
    assert modules["leaves"] == "SystemExit: 0"
    assert (modules["talks"], modules["wave"]) == ("", "")


def test_only_the_modules_that_are_named_are_imported(tmp_path: Path) -> None:
    root = _written(tmp_path, {"serve.py": "import wave, colorsys, gone\n"})
    modules = _python(root, "python", "serve.py", names=["colorsys", "gone"])["modules"]
    assert (modules["wave"], modules["colorsys"]) == (None, "")
    assert modules["gone"].startswith("ModuleNotFoundError")


def test_modules_that_need_what_only_the_other_image_has_are_told(tmp_path: Path) -> None:
    record = {
        "kept-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: kept\nVersion: 1.0\n",
        "kept-1.0.dist-info/RECORD": "".join(
            f"kept/{name}.py,,\n" for name in ("__init__", "client", "guarded", "late", "other")
        ),
        "kept/__init__.py": "",
        "kept/client.py": "from wanted.part import x\n",
        "kept/guarded.py": "try:\n    import wanted\nexcept ImportError:\n    pass\n",
        "kept/late.py": "def f():\n    import wanted\n",
        "kept/other.py": "import wanted_too\n",
    }
    lib = _written(tmp_path / "lib", record)
    root = _written(tmp_path / "srv", {"serve.py": "import kept\n"})
    words, path = ("python", "serve.py"), f"import sys; sys.path.append({str(lib)!r})\n"
    told = _python(root, *words, path=path, had=["wanted", "kept"])
    assert told["modules"]["kept"] == ""
    assert told["lacking"] == {"kept.client": "wanted"}
    assert _python(root, *words, path=path)["lacking"] == {}


def test_the_words_of_a_start_script_count(tmp_path: Path) -> None:
    root = _written(
        tmp_path,
        {"start.sh": '#!/bin/sh\nexec gunicorn "web.wsgi:app"\n', "web/wsgi.py": "import wave\n"},
    )
    assert _python(root, "./start.sh")["modules"]["wave"] == ""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
def test_node_code_is_followed_from_its_script(tmp_path: Path) -> None:
    root = _written(
        tmp_path,
        {
            "server.js": "const a = require('a');\nconst x = require('./x');\n// require('no')\n",
            "x.js": "exports.late = () => require('gone');\nimport('./nowhere.js');\n",
            "other.js": "require('other')",
            "node_modules/a/package.json": '{"name": "a", "dependencies": {"b": "1", "c": "1"}}',
            "node_modules/a/index.js": "",
            "node_modules/b/package.json": '{"name": "b"}',
        },
    )
    asked = json.dumps({"words": ["node", "server.js"], "seconds": 20})
    done = subprocess.run(
        ["node", "-e", script("node_imports.js"), asked],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["modules"] == {
        "a": "a needs c: Cannot find module 'c'",
        "b": "",
        "c": "Cannot find module 'c'",
        "gone": "Cannot find module 'gone'",
    }
    assert told["own"] == {str(root / "x"): True, str(root / "nowhere.js"): False}


def _imports(
    modules: dict[str, str | None],
    imports: dict[str, dict[str, int]] | None = None,
    packages: dict[str, str] | None = None,
    files: dict[str, str] | None = None,
) -> dict[str, tuple[Imports, ...]]:
    imports = imports if imports is not None else {"/app/a.py": dict.fromkeys(modules, 3)}
    one = Imports(
        "Python", files or dict.fromkeys(imports, ""), imports, packages or {}, modules, {}
    )
    return {"web": (one,)}


_GONE = "ModuleNotFoundError: No module named 'openpyxl'"


def test_what_kept_code_imports_must_stay() -> None:
    before = _imports({"openpyxl": "", "json": "", "absent": "ModuleNotFoundError: absent"})
    after = _imports({"openpyxl": _GONE, "json": "", "absent": "ModuleNotFoundError: absent"})
    (row,) = import_rows(before, after)
    assert not row.same
    assert not row.exercises
    assert row.difference == f"/app/a.py:3 imports openpyxl: {_GONE}"
    assert (row.before, row.after) == ("2 looked for", "1 can be had")
    assert next(import_rows(before, before)).same


class _Images:
    """An engine in whose images only some modules can be imported; notes what it is asked."""

    def __init__(self, **modules: str | None) -> None:
        self.modules = modules
        self.asked: list[list[str]] = []

    def run(self, tag: str, argv: list[str], *, entrypoint: str, sandbox: Sandbox) -> RunResult:
        assert (tag, entrypoint, sandbox) == ("app:before", "python3", Sandbox())
        names = json.loads(argv[2])["names"]
        self.asked.append(names)
        told: dict[str, Any] = {key: {} for key in ("files", "imports", "packages", "own")}
        modules = {name: self.modules.get(name) for name in names}
        said = json.dumps({**told, "modules": modules, "unreached": [], "beside": []})
        return RunResult(0, said, "")


def test_only_what_cannot_be_had_after_is_imported_before(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("json", "openpyxl", "absent")
    before = _imports(dict.fromkeys(names))
    before = {"web": (replace(before["web"][0], place=("app:before", Sandbox())),)}
    after = _imports({"json": "", "openpyxl": _GONE, "absent": _GONE})
    engine: Any = _Images(openpyxl="", absent=_GONE)
    told = asked_before(engine, before, after)
    assert engine.asked == [["absent", "openpyxl"]]
    (row,) = import_rows(told, after)
    assert not row.same
    assert row.difference == f"/app/a.py:3 imports openpyxl: {_GONE}"
    assert row.before == "2 looked for"
    assert list(import_notes(told, after)) == [
        ("web", "could not be imported before either: absent")
    ]
    fine = _imports(dict.fromkeys(names, ""))
    assert asked_before(engine, before, fine) == before
    assert len(engine.asked) == 1


def test_packages_modules_that_lack_what_is_gone_are_named() -> None:
    before, after = _imports({"json": ""}), _imports({"json": ""})
    after = {"web": (replace(after["web"][0], lacking={"fastapi.testclient": "httpx"}),)}
    said = "modules of packages that import what is gone: fastapi.testclient (httpx)"
    assert ("web", said) in list(import_notes(before, after))


def test_a_look_that_failed_is_said() -> None:
    there, failed = _imports({"json": ""}), _imports({}, {})
    failed = {"web": tuple(replace(one, failed="python3: MemoryError") for one in failed["web"])}
    said = ("web", "Python imports could not be compared: python3: MemoryError")
    for sides in ((there, failed), (failed, there), (failed, failed)):
        assert list(import_notes(*sides)) == [said]
        assert not list(import_rows(*sides))


def test_what_a_build_calls_otherwise_must_be_there_under_its_new_name() -> None:
    before = _imports({"./chunk-1.js": ""}, {"/app/main.js": {"./chunk-1.js": 1}})
    after = _imports({"./chunk-2.js": ""}, {"/app/main.js": {"./chunk-2.js": 1}})
    assert next(import_rows(before, after)).same
    absent = _imports({"./chunk-2.js": "not found"}, {"/app/main.js": {"./chunk-2.js": 1}})
    (row,) = import_rows(before, absent)
    assert row.difference == "/app/main.js:1 imports ./chunk-2.js: not found"


def test_a_package_may_go_but_not_what_is_left_of_the_packages() -> None:
    before = _imports({"faker": "", "magic": ""}, {}, {"faker": "faker", "magic": "python-magic"})
    gone = _imports({"magic": ""}, {}, {"magic": "python-magic"})
    assert next(import_rows(before, gone)).same
    broken = _imports({"magic": "OSError: libmagic"}, {}, {"magic": "python-magic"})
    assert (
        next(import_rows(before, broken)).difference == "magic of python-magic: OSError: libmagic"
    )


def test_code_that_is_gone_and_what_was_not_tried_are_not_held_against_a_side() -> None:
    before = _imports({"openpyxl": "", "slow": ""}, {"/app/a.py": {"openpyxl": 1, "slow": 2}})
    after = _imports({"slow": None}, {"/app/b.py": {"slow": 2}})
    assert list(import_rows(before, after)) == []
    after = _imports({"openpyxl": "", "slow": None}, {"/app/a.py": {"openpyxl": 1, "slow": 2}})
    assert next(import_rows(before, after)).same


def test_code_that_cannot_be_compiled_any_more_differs() -> None:
    files = {"/app/a.py": ""}
    before = _imports({"json": ""}, {"/app/a.py": {"json": 1}}, files=files)
    after = _imports(
        {"json": ""}, {"/app/a.py": {"json": 1}}, files={"/app/a.py": "SyntaxError: x"}
    )
    assert next(import_rows(before, after)).difference == "/app/a.py: SyntaxError: x"


def test_what_was_not_looked_at_is_named() -> None:
    before = _imports({"absent": "ModuleNotFoundError: absent", "slow": None})
    assert list(import_notes(before, before)) == [
        ("web", "could not be imported before either: absent"),
        ("web", "not imported, for lack of time: slow"),
    ]
    assert list(import_notes(before, {})) == [
        ("web", "Python is gone from its image: no import was compared")
    ]


def test_a_module_that_a_change_let_go_is_missed_and_named() -> None:
    site = "/usr/local/lib/python3.11/site-packages"
    let_go = LetGo({f"{site}/pandas/tests/": "JT032/web/pip"})
    error = "ModuleNotFoundError: No module named 'pandas.tests'"
    names = ("pandas.tests.io", "pandas.testing")
    rows = import_rows(_imports(dict.fromkeys(names, "")), _imports(dict.fromkeys(names, error)))
    (plain,) = rows
    (row,) = import_rows(
        _imports(dict.fromkeys(names, "")), _imports(dict.fromkeys(names, error)), let_go
    )
    assert not row.same
    assert "let go" not in plain.difference
    testing, tests = sorted(row.difference.split("; "))
    assert tests.endswith("(let go by JT032/web/pip)")
    assert not testing.endswith(")")


def test_modules_that_changes_let_go_are_counted() -> None:
    site = "/usr/local/lib/python3.11/site-packages"
    let_go = LetGo({f"{site}/{name}/tests/": "JT032/web/pip" for name in ("pandas", "scipy")})
    files = ("pandas/tests/a.py", "pandas/tests/io/b.py", "pandas/tests/b.csv", "scipy/tests/c.so")
    image = ImageEvidence("i", files={f"{site}/{name}": 1 for name in (*files, "pandas/a.py")})
    assert list(let_go.notes({"web": image, "db": ImageEvidence("d")})) == [
        ("web", "Python modules that JT032/web/pip let go, none imported: 2 of pandas, 1 of scipy")
    ]


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
def test_packages_that_a_build_traced_need_no_more_than_they_load(tmp_path: Path) -> None:
    top = tmp_path / ".output/server"
    for name, text in {
        "index.mjs": "import a from 'a';\n",
        "node_modules/a/package.json": '{"name": "a", "dependencies": {"types": "1"}}',
        "node_modules/a/index.js": "",
    }.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    asked = json.dumps({"words": ["node", ".output/server/index.mjs"], "seconds": 20})
    done = subprocess.run(
        ["node", "-e", script("node_imports.js"), asked],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(done.stdout)["modules"] == {"a": ""}
