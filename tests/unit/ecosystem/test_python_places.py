"""Paths of modules, bytecode and metadata."""

from __future__ import annotations

import pytest

from jettison.ecosystem.python.places import metadata_of, source_of, tail_of


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("/a/__pycache__/b.cpython-311.pyc", "/a/b.py"),
        ("/a/__pycache__/b.cpython-311.opt-1.pyc", "/a/b.py"),
        ("/a/b.pyc", ""),
        ("/a/b.py", ""),
    ],
)
def test_the_source_of_bytecode(path: str, source: str) -> None:
    assert source_of(path) == source


@pytest.mark.parametrize(
    ("path", "tail"),
    [
        ("/usr/local/lib/python3.11/site-packages/a/b.py", "site/a/b.py"),
        ("/opt/venv/lib/python3.12/site-packages/a/b.py", "site/a/b.py"),
        ("/usr/lib/python3/dist-packages/a.py", "site/a.py"),
        ("/x/site-packages/setuptools/site-packages/y.py", "site/y.py"),
        ("/usr/local/lib/python3.11/json/decoder.py", "lib/json/decoder.py"),
        (
            "/usr/lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so",
            "lib/lib-dynload/_ssl.so",
        ),
        ("/usr/local/lib/libpython3.11.so.1.0", ""),
        ("/srv/app/lib.py", ""),
    ],
)
def test_what_stays_when_an_environment_moves(path: str, tail: str) -> None:
    assert tail_of(path) == tail


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/l/site-packages/Flask_Cors-4.0.0.dist-info/METADATA", "flask-cors"),
        ("/l/site-packages/zope.interface-5.0-py3.11.egg-info/top_level.txt", "zope-interface"),
        ("/l/dist-packages/six.egg-info", "six"),
        ("/l/site-packages/flask/app.py", ""),
    ],
)
def test_whose_metadata_a_file_is(path: str, name: str) -> None:
    assert metadata_of(path) == name
