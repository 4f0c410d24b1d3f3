"""What an image built in memory says of itself."""

from __future__ import annotations

import pytest

from jettison.analysis.evidence import ImageEvidence, SystemPackage
from jettison.dockerfile import parse_text
from jettison.engine import FakeEngine
from jettison.engine.store import StoreAccess, StoredImage
from jettison.oci import History, LayerBuilder, build_image
from jettison.trial.evidence import image_evidence
from jettison.trial.tracing.using import used_distributions

_SITE = "usr/local/lib/python3.11/site-packages"
_STATUS = """\
Package: libc6
Priority: required
Status: install ok installed
Version: 2.36
Provides: libc

Package: libpq5
Status: install ok installed
Version: 15.1
Depends: libc6 (>= 2.34), libssl | libc
Recommends: psql-tools (>= 1), nothing | gone

Package: psql-tools
Status: install ok installed
Version: 1
Depends: libc6
"""
_FLASK = """\
Name: Flask
Version: 3.0.0
Provides-Extra: async
Provides-Extra: dotenv
Provides-Extra: dev
Requires-Dist: Werkzeug>=3
Requires-Dist: colorama; sys_platform == "win32"
Requires-Dist: asgiref; extra == "async"
Requires-Dist: python-dotenv; extra == "dotenv"
Requires-Dist: pytest; extra == "dev"
"""


def wheel(
    layer: LayerBuilder, name: str, metadata: str, tag: str = "py3-none-any", **modules: str
) -> None:
    """Adds an installed distribution with these files."""
    info = f"{name}-1.dist-info"
    files = {
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n",
        **modules,
    }
    for path, text in files.items():
        layer.file(f"{_SITE}/{path}", text.encode())
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    layer.file(f"{_SITE}/{info}/RECORD", record.encode())


def _wheel(
    layer: LayerBuilder, name: str, metadata: str, *modules: str, tag: str = "py3-none-any"
) -> None:
    wheel(layer, name, metadata, tag, **dict.fromkeys(modules, "x = 1\n"))


@pytest.fixture
def image() -> ImageEvidence:
    base = LayerBuilder()
    base.file("var/lib/dpkg/status", _STATUS.split("\n\n", maxsplit=1)[0].encode() + b"\n")
    base.file("var/lib/dpkg/info/libc6.list", b"/.\n/usr/lib/libc.so.6\n")
    base.file("usr/lib/libc.so.6", b"c" * 100)
    system = LayerBuilder()
    system.file("var/lib/dpkg/status", _STATUS.encode())
    system.file("var/lib/dpkg/info/libpq5.list", b"/usr/lib/libpq.so.5.15\n/usr/bin/pg_x\n")
    system.file("usr/lib/libpq.so.5.15", b"q" * 50)
    system.file("var/lib/dpkg/info/psql-tools.list", b"/usr/bin/psql\n")
    system.file("usr/bin/psql", b"#!" * 10, mode=0o755)
    system.symlink("usr/lib/libpq.so.5", "libpq.so.5.15")
    system.file("usr/bin/pg_x", b"#!", mode=0o755)
    python = LayerBuilder()
    _wheel(python, "flask", _FLASK, "flask/__init__.py", "flask/json/tag.py")
    _wheel(python, "werkzeug", "Name: Werkzeug\nVersion: 3\n", "werkzeug/__init__.py")
    _wheel(python, "asgiref", "Name: asgiref\nVersion: 3\n", "asgiref/__init__.py")
    _wheel(
        python,
        "pytest",
        "Name: pytest\nVersion: 8\n",
        "pytest/__init__.py",
        "google/auth/__init__.py",
        tag="cp311-cp311-linux_x86_64",
    )
    hooks = ("a_hook/__init__.py", "tools/__init__.py", "a_hook.pth")
    _wheel(python, "tools", "Name: tools\nVersion: 1\n", *hooks)
    python.file(f"{_SITE}/a_hook.pth", b"/srv/src\nimport os; __import__('a_hook')\n")
    python.file(f"{_SITE}/setuptools/_vendor/x-1.dist-info/RECORD", b"x.py,,\n")
    history = [
        History(created_by="base"),
        History(created_by="RUN /bin/sh -c apt-get install -y libpq5 # buildkit"),
        History(created_by="RUN /bin/sh -c pip install flask # buildkit"),
    ]
    made = build_image([base, system, python], history=history)
    stored = StoredImage("t", made.config, made.layers, (None,) * 3, StoreAccess.SAVED)
    text = "FROM base\nRUN apt-get install -y libpq5\nRUN pip install flask\n"
    engine = FakeEngine(services={}, kept={"t": stored})
    known = {"base": made.config.diff_ids[:1]}
    found = image_evidence(engine, "t", parse_text(text), known)
    assert found is not None
    return found


def test_distributions(image: ImageEvidence) -> None:
    assert set(image.distributions) == {"flask", "werkzeug", "asgiref", "pytest", "tools"}
    flask = image.distributions["flask"]
    assert flask.version == "3.0.0"
    assert flask.modules == {"flask", "flask.json.tag"}
    assert image.python == f"/{_SITE}"


def test_what_is_recommended_alone_is_told_from_what_is_needed(image: ImageEvidence) -> None:
    assert image.packages["libpq5"].recommends == {"psql-tools"}
    assert image.recommended_by({"libpq5"}, {"libpq5"}) == {"psql-tools"}
    assert image.recommended_by({"libpq5"}, {"libpq5", "psql-tools"}) == frozenset()
    assert image.recommended_by({"libc6"}, {"libc6"}) == frozenset()


def test_the_smallest_system_is_what_is_required_and_needed_by_it() -> None:
    def package(name: str, *depends: str, required: bool = False) -> SystemPackage:
        none = frozenset[str]()
        return SystemPackage(
            "debian", name, "1", frozenset(depends), none, none, True, 1, required=required
        )

    made = [
        package("dpkg", "libc6", required=True),
        package("apt", "libapt"),
        package("gcc", "libc6"),
        *map(package, ("libc6", "libapt")),
    ]
    image = ImageEvidence("t", packages={one.name: one for one in made})
    assert image.smallest_system() == {"dpkg", "libc6", "apt", "libapt"}
    assert ImageEvidence("t").smallest_system() == frozenset()


def test_the_priority_of_a_package_is_read(image: ImageEvidence) -> None:
    assert image.packages["libc6"].required
    assert not image.packages["libpq5"].required


def test_what_is_needed_follows_markers_and_extras(image: ImageEvidence) -> None:
    flask = image.distributions["flask"]
    assert flask.requires == {"werkzeug"}
    assert flask.extras == {"async": {"asgiref"}, "dotenv": {"python-dotenv"}, "dev": {"pytest"}}


def test_what_was_compiled_here_and_name_spaces(image: ImageEvidence) -> None:
    assert image.distributions["pytest"].compiled_here
    assert not image.distributions["flask"].compiled_here
    assert "google.auth" in image.distributions["pytest"].modules


def test_what_python_loads_at_every_start_is_told_from_what_is_used(image: ImageEvidence) -> None:
    assert image.distributions["tools"].start_hooks == {"a_hook"}
    assert image.distributions["flask"].start_hooks == frozenset()
    bytecode = f"/{_SITE}/a_hook/__pycache__/__init__.cpython-311.pyc"
    assert image.is_start_hook("tools", bytecode)
    assert not image.is_start_hook("tools", f"/{_SITE}/tools/__init__.py")
    opened = [
        f"/{_SITE}/a_hook.pth",
        f"/{_SITE}/a_hook/__init__.py",
        f"/{_SITE}/asgiref-1.dist-info/METADATA",
        f"/{_SITE}/flask/json/tag.py",
        f"/{_SITE}/flask/__init__.py",
        f"/{_SITE}/google/auth/data/roots.pem",
        "/srv/app.py",
    ]
    assert used_distributions(opened, image) == {
        "flask": f"/{_SITE}/flask/__init__.py",
        "pytest": f"/{_SITE}/google/auth/data/roots.pem",
    }


def test_system_packages(image: ImageEvidence) -> None:
    libpq, libc = image.packages["libpq5"], image.packages["libc6"]
    assert libpq.depends == {"libc6"}
    assert libpq.sonames == {"libpq.so.5", "libpq.so.5.15"}
    assert libpq.executables == {"pg_x"}
    assert (libpq.in_base, libc.in_base) == (False, True)
    assert libpq.size_bytes > 52


def test_files(image: ImageEvidence) -> None:
    assert image.files["/usr/lib/libc.so.6"] == 100


def test_an_image_that_is_not_there() -> None:
    assert image_evidence(FakeEngine(services={}), "x", parse_text("FROM a\n"), {}) is None
