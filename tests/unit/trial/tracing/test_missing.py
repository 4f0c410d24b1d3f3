"""What counts as lost, and what may be gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jettison.analysis.evidence import Distribution, ImageEvidence
from jettison.trial.tracing.missing import Held, Missing, incomparable, missing_files
from jettison.trial.tracing.opened import Method, Opened, Running

if TYPE_CHECKING:
    from collections.abc import Iterable

_PYTHON = "/usr/local/bin/python3.11"
_SITE = "/usr/local/lib/python3.11/site-packages"
_NONE = frozenset[str]()
_UNMISSED = "settings that it is given as variables, or that only another start reads"


def _opened(*paths: str, by: str = _PYTHON, executed: Iterable[str] = (_PYTHON,)) -> Opened:
    files = {path: frozenset({by}) for path in (*paths, *executed)}
    return Opened(Method.FANOTIFY, files, executed=frozenset(executed))


def _running(opened: Opened, command: str = "python app.py", check: str = "") -> Running:
    return Running(opened, tuple(command.split()), tuple(check.split()), base="python:3.11")


def _distribution(name: str, *modules: str, hooks: Iterable[str] = ()) -> Distribution:
    given = frozenset(modules)
    return Distribution(
        name, "1", given, _NONE, _NONE, compiled_here=False, sonames=_NONE, size_bytes=1,
        start_hooks=frozenset(hooks),
    )  # fmt: skip


def _image(*paths: str, distributions: Iterable[Distribution] = ()) -> ImageEvidence:
    return ImageEvidence(
        "before",
        {one.name: one for one in distributions},
        files=dict.fromkeys((_PYTHON, *paths), 10),
        python=_SITE,
    )


def _held(*paths: str, links: Iterable[str] = ()) -> Held:
    sizes = dict.fromkeys((_PYTHON, *paths), 10)
    there = {*sizes, *links}
    return Held(there.__contains__, sizes)


def _found(*paths: str, after: Iterable[str] = (), again: Iterable[str] = ()) -> Missing:
    """What is missing of opened files of the image, all by Python, the command unchanged."""
    return missing_files(
        _running(_opened(*paths)), _image(*paths), _running(_opened(*again)), _held(*after)
    )


def test_a_file_of_the_application_that_is_gone_is_lost() -> None:
    found = _found("/srv/data.json", "/srv/app.py", after=["/srv/app.py"])
    assert found == Missing(3, ("/srv/data.json",))


def test_a_build_may_give_another_hash_to_a_name() -> None:
    before = ["/app/build/chunks/1-a116612b.js", "/app/build/chunks/1-b2266771.js"]
    again = ["/app/build/chunks/1-c3377886.js", "/app/build/chunks/2-d4488990.js"]
    found = _found(*before, after=again, again=again)
    assert found.lost == (before[1],), "only one was opened in their place"
    assert _found(before[0], after=again).lost == (before[0],), "none was opened"


def test_settings_that_the_service_is_given_otherwise_are_not_missed() -> None:
    before, image = _running(_opened("/app/.env", "/app/.env.local")), _image("/app/.env")
    after = _running(_opened())
    assert missing_files(before, image, after, _held()).lost == ("/app/.env",)
    found = missing_files(before, image, after, _held(), frozenset({"/app/.env"}))
    assert not found.lost
    assert found.let_go == {_UNMISSED: ("/app/.env",)}


def test_a_folder_that_only_another_start_reads_is_not_missed() -> None:
    paths = ("/app/node_modules/nuxi/a.mjs", "/app/node_modules_b/a.mjs")
    before, image = _running(_opened(*paths)), _image(*paths)
    unmissed = frozenset({"/app/node_modules/"})
    found = missing_files(before, image, _running(_opened()), _held(), unmissed)
    assert found.lost == (paths[1],)


def test_a_file_that_is_reached_through_a_link_is_there() -> None:
    image, before = _image("/bin/tool"), _running(_opened("/bin/tool"))
    found = missing_files(before, image, _running(_opened()), _held(links=["/bin/tool"]))
    assert not found.lost


def test_files_that_the_image_does_not_hold_are_no_matter() -> None:
    before = _running(_opened("/srv/app.log", "/tmp/x"))
    assert missing_files(before, _image(), _running(_opened()), _held()) == Missing(1)


def test_what_the_program_makes_anew_is_there() -> None:
    assert not _found("/srv/app.log", again=["/srv/app.log"]).lost


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{_SITE}/a/b.py", "/opt/venv/lib/python3.11/site-packages/a/b.py"),
        (f"{_SITE}/a/b.py", "/usr/local/lib/python3.12/site-packages/a/b.py"),
        (
            f"{_SITE}/a/c.cpython-311-x86_64-linux-gnu.so",
            "/usr/local/lib/python3.12/site-packages/a/c.cpython-312-x86_64-linux-gnu.so",
        ),
        ("/usr/local/lib/python3.11/json/decoder.py", "/usr/lib/python3.12/json/decoder.py"),
        ("/srv/__pycache__/app.cpython-311.pyc", "/srv/app.py"),
        ("/srv/app.py", "/srv/app.pyc"),
        ("/usr/lib/x86_64-linux-gnu/libz.so.1", "/usr/lib/libz.so.1"),
    ],
)
def test_what_moved_is_there(before: str, after: str) -> None:
    assert not _found(before, after=[after]).lost


def test_a_file_moved_only_if_it_was_opened_there() -> None:
    assert not _found("/a/x/y", after=["/b/x/y"], again=["/b/x/y"]).lost
    assert _found("/a/x/y", after=["/b/x/y"]).lost == ("/a/x/y",)
    assert _found("/a/x/y", after=["/b/z/y"], again=["/b/z/y"]).lost == ("/a/x/y",)


def test_bytecode_without_its_source_is_lost_under_the_sources_name() -> None:
    both = ("/srv/a.py", "/srv/__pycache__/a.cpython-311.pyc")
    assert _found(*both).lost == ("/srv/a.py",)


def test_metadata_may_go() -> None:
    found = _found(f"{_SITE}/pytest-8.0.dist-info/entry_points.txt", f"{_SITE}/x-nspkg.pth")
    assert not found.lost
    assert [len(paths) for paths in found.let_go.values()] == [2]


def test_code_of_a_dropped_distribution_is_lost_but_for_what_python_loads_by_itself() -> None:
    hook, tool = f"{_SITE}/_distutils_hack/__init__.py", f"{_SITE}/pkg_resources/__init__.py"
    one = _distribution("setuptools", "_distutils_hack", "pkg_resources", hooks=["_distutils_hack"])
    image = _image(hook, tool, distributions=[one])
    before = _running(_opened(hook, tool))
    found = missing_files(before, image, _running(_opened()), _held())
    assert found.lost == (tool,)
    assert list(found.let_go.values()) == [(hook,)]


def test_a_pruned_file_of_a_kept_distribution_is_lost() -> None:
    data = f"{_SITE}/a/data.txt"
    image = _image(data, distributions=[_distribution("a", "a")])
    held = _held(f"{_SITE}/a-1.dist-info/METADATA")
    before, after = _running(_opened(data)), _running(_opened(), "python other.py")
    assert missing_files(before, image, after, held).lost == (data,)


def test_what_only_the_dropped_command_needs_may_go_with_it() -> None:
    watcher = f"{_SITE}/watchfiles/main.py"
    image = _image(watcher, distributions=[_distribution("watchfiles", "watchfiles")])
    before = _running(_opened(watcher), "python -m uvicorn --reload")
    same = _running(_opened(), "python -m uvicorn --reload")
    assert missing_files(before, image, same, _held()).lost == (watcher,)
    assert not missing_files(before, image, _running(_opened(), "python -m uvicorn"), _held()).lost


def test_a_health_check_that_asks_otherwise_lets_its_program_go() -> None:
    curl, library, shared = "/usr/bin/curl", "/usr/lib/libcurl.so.4", "/usr/lib/libz.so.1"
    files = {
        curl: frozenset({curl}),
        library: frozenset({curl}),
        shared: frozenset({curl, _PYTHON}),
        _PYTHON: frozenset({_PYTHON}),
        "/srv/app.py": frozenset({_PYTHON}),
    }
    opened = Opened(Method.FANOTIFY, files, executed=frozenset({curl, _PYTHON}))
    image = _image(*files)
    before = _running(opened, check="CMD-SHELL curl -f http://localhost/ || exit 1")
    after = _running(_opened(), check="CMD python -c pass")
    held = _held("/srv/app.py")
    assert missing_files(before, image, after, held).lost == (shared,)
    found = missing_files(before, image, replace(after, check=before.check), held)
    assert found.lost == (curl, library, shared), "the check is the same: nothing may go"


def test_a_program_that_the_application_calls_is_lost() -> None:
    tool = "/usr/bin/unzip"
    before = _running(_opened(executed=[_PYTHON, tool]))
    assert missing_files(before, _image(tool), _running(_opened()), _held()).lost == (tool,)


def test_another_program_makes_it_incomparable() -> None:
    node, nginx = "/usr/local/bin/node", "/usr/sbin/nginx"
    before = _running(_opened("/app/a.tsx", by=node, executed=[node]), "npm run dev")
    after = _running(_opened(by=nginx, executed=[nginx]), "nginx -g daemon")
    assert incomparable(before, after) == "it runs nginx instead of node"
    same = replace(after, command=before.command)
    assert not incomparable(before, same)
    assert missing_files(before, _image("/app/a.tsx"), same, _held()).lost == ("/app/a.tsx",)


def test_sides_that_were_watched_otherwise_are_incomparable() -> None:
    after = _running(Opened(Method.PROCESSES))
    before = _running(_opened("/srv/a"))
    assert incomparable(before, after) == "the two sides were not watched alike"


def test_another_base_lets_its_settings_go_but_neither_libraries_nor_trust() -> None:
    paths = ("/etc/mime.types", "/usr/lib/libmagic.so.1", "/etc/ssl/certs/ca.crt", "/srv/a.txt")
    before, image = _running(_opened(*paths)), _image(*paths)
    after = replace(_running(_opened()), base="python:3.11-slim")
    found = missing_files(before, image, after, _held())
    assert set(found.lost) == set(paths[1:])
    musl = missing_files(before, image, after, _held("/lib/ld-musl-x86_64.so.1"))
    assert musl.lost == ("/srv/a.txt",)
    assert "/etc/mime.types" in missing_files(before, image, _running(_opened()), _held()).lost


def test_a_node_package_that_is_loaded_only_where_it_is_there_is_not_missed() -> None:
    paths = ["/app/node_modules/debug/node_modules/has-flag/index.js", "/app/node_modules/ms/a.js"]
    before, image, after = _running(_opened(*paths)), _image(*paths), _running(_opened())
    found = missing_files(before, image, after, _held(), frozenset({"npm:has-flag"}))
    assert found.lost == ("/app/node_modules/ms/a.js",)
    assert list(found.let_go) == [
        "of has-flag, which was dropped: kept code loads it only where it is there"
    ]


def test_node_makes_its_compile_cache_anew() -> None:
    cached = "/tmp/node-compile-cache/v25.9.0-x64-392347a2-0/0535d717"
    found = _found(cached, "/tmp/node-compile-cache/settings.json")
    assert found.lost == ("/tmp/node-compile-cache/settings.json",)
    assert found.let_go == {"of Node's compile cache, which Node makes anew": (cached,)}


def test_what_java_starts_programs_by_lies_in_its_own_folder() -> None:
    helper = "/usr/lib/jvm/java-17/lib/jspawnhelper"
    before = _running(_opened(helper, executed=[_PYTHON, helper]))
    after = _running(_opened())
    there = _held("/opt/java/openjdk/lib/jspawnhelper")
    assert missing_files(before, _image(helper), after, there).lost == ()
    assert missing_files(before, _image(helper), after, _held()).lost == (helper,)
