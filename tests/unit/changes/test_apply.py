"""Writing a changed tree, taking it back, and copies that know whether they were changed."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jettison.changes.apply import apply_tree, undo, write_atomically
from jettison.changes.copying import (
    MANIFEST,
    Written,
    copy_tree,
    differences,
    survey_tree,
    write_manifest,
)
from jettison.errors import ProjectError
from jettison.source import Patch, Span, TextEdit, TextTree

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {"Dockerfile": "FROM a\nRUN b\n", "run.sh": "#!/bin/sh\n", "sub/data": "x"}


@pytest.fixture
def root(project: Callable[[dict[str, str]], Path]) -> Path:
    root = project(FILES)
    (root / "run.sh").chmod(0o750)
    return root


def _changed(root: Path) -> TextTree:
    return TextTree(root).edited(
        Patch(
            {
                "Dockerfile": (TextEdit(Span(5, 6), "slim"),),
                "run.sh": (TextEdit(Span(10, 10), "true\n"),),
            },
            {"new/.dockerignore": "*\n", "new/tool": "#!/bin/sh\n"},
        ),
        "JT001",
    )


def test_applied_and_undone_with_modes(root: Path) -> None:
    assert set(apply_tree(_changed(root), root, keep_undo=True)) == {
        "Dockerfile",
        "run.sh",
        "new/.dockerignore",
        "new/tool",
    }
    assert (root / "Dockerfile").read_text() == "FROM slim\nRUN b\n"
    assert (root / "run.sh").stat().st_mode & 0o777 == 0o750
    assert (root / "new" / "tool").stat().st_mode & 0o777 == 0o755
    (root / "Dockerfile").chmod(0o600)
    undo(root)
    assert {name: (root / name).read_text() for name in FILES} == FILES
    assert (root / "Dockerfile").stat().st_mode & 0o777 == 0o644
    assert not (root / "new" / "tool").exists()
    with pytest.raises(ProjectError, match="nothing to undo"):
        undo(root)


def test_undo_refuses_where_a_file_was_edited_since(root: Path) -> None:
    apply_tree(_changed(root), root, keep_undo=True)
    (root / "Dockerfile").write_text("FROM mine\n")
    with pytest.raises(ProjectError, match="Dockerfile"):
        undo(root)
    assert (root / "Dockerfile").read_text() == "FROM mine\n"
    assert (root / "new" / "tool").is_file(), "nothing else was touched"


def test_what_a_killed_run_wrote_half_is_undone(root: Path) -> None:
    apply_tree(_changed(root), root, keep_undo=True)
    (root / "Dockerfile").write_text(FILES["Dockerfile"])
    (root / "new" / "tool").unlink()
    undo(root)
    assert {name: (root / name).read_text() for name in FILES} == FILES


def test_nothing_is_written_outside(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (root / "new").symlink_to(tmp_path / "outside")
    before = (root / "Dockerfile").read_text()
    with pytest.raises(ProjectError, match="outside"):
        apply_tree(_changed(root), root)
    assert (root / "Dockerfile").read_text() == before
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_failed_write_puts_the_others_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = _changed(root)
    replace = Path.replace

    def fail(self: Path, target: Path) -> Path:
        if Path(target).name == "run.sh" and b"true" in self.read_bytes():
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ProjectError, match="No space left"):
        apply_tree(tree, root)
    assert {name: (root / name).read_text() for name in FILES} == FILES
    assert sorted(p.name for p in root.iterdir()) == ["Dockerfile", "new", "run.sh", "sub"]


def test_a_copy_is_whole(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "link").symlink_to("Dockerfile")
    os.mkfifo(root / "pipe")
    (root / "big").write_bytes(os.urandom(900_000))
    with (root / "sparse").open("wb") as stream:
        stream.write(b"a")
        stream.truncate(50_000_000)
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data)[:409_600]))
    copied = copy_tree(root, tmp_path / "copy", skip=[root / "sub"])
    assert copied == 4
    assert (tmp_path / "copy" / "big").read_bytes() == (root / "big").read_bytes()
    assert (tmp_path / "copy" / "sparse").stat().st_size == 50_000_000
    assert (tmp_path / "copy" / "sparse").stat().st_blocks * 512 < 5_000_000
    assert (tmp_path / "copy" / "link").is_symlink()
    assert not (tmp_path / "copy" / "sub").exists()
    assert not (tmp_path / "copy" / "pipe").exists()


def test_a_copy_has_the_folders_permissions_and_the_original_its_times(
    root: Path, tmp_path: Path
) -> None:
    private = root / "sub" / "private"
    private.mkdir()
    (private / "rows").write_text("precious")
    private.chmod(0o1770)
    (root / "sub").chmod(0o555)
    root_rights = os.geteuid() == 0
    if root_rights:
        os.chown(private / "rows", 999, 998)
        os.chown(private, 999, 998)
    for path in (private / "rows", private):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    before = {path: path.stat() for path in (private, private / "rows")}
    copy_tree(root, tmp_path / "copy")
    copied = tmp_path / "copy" / "sub" / "private"
    assert copied.stat().st_mode & 0o7777 == 0o1770
    assert copied.parent.stat().st_mode & 0o7777 == 0o755, "what is copied can be removed"
    if root_rights:
        assert {(p.stat().st_uid, p.stat().st_gid) for p in (copied, copied / "rows")} == {
            (999, 998)
        }
    after = {path: path.stat() for path in before}
    for path, status in before.items():
        assert after[path].st_mtime_ns == status.st_mtime_ns
        assert after[path].st_ctime_ns == status.st_ctime_ns
        if sys.platform == "linux":
            assert after[path].st_atime_ns == status.st_atime_ns


def test_what_was_changed_since_is_known(root: Path) -> None:
    assert differences(root) is None
    write_manifest(root)
    assert differences(root) == ()
    write_atomically(root / ".jettison" / "report.json", b"{}")
    os.utime(root / "run.sh")
    assert differences(root) == (), "our own folder, and a new time of the same text, do not count"
    (root / "database.sqlite").write_text("rows")
    (root / "Dockerfile").write_text("FROM mine\n")
    (root / "sub" / "data").unlink()
    assert differences(root) == ("Dockerfile", "database.sqlite", "sub/data")


def test_what_was_just_copied_is_not_read_again(root: Path, tmp_path: Path) -> None:
    copy, plain = tmp_path / "copy", tmp_path / "plain"
    (root / "sparse").write_bytes(b"\0" * 3_000_000 + b"end")
    os.truncate(root / "sparse", 5_000_000)
    (root / "link").symlink_to("run.sh")
    written: dict[str, Written] = {}
    copy_tree(root, copy, written=written)
    shutil.copytree(copy, plain, symlinks=True)
    assert written.keys() == {
        path.relative_to(copy).as_posix()
        for path in copy.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    write_atomically(copy / "run.sh", b"other")
    write_atomically(plain / "run.sh", b"other")
    wrong = {name: replace(one, digest="0" * 64) for name, one in written.items()}
    write_manifest(copy, wrong)
    read = {name for name, digest in _digests(copy).items() if digest != "0" * 64}
    assert read == {"run.sh", "link"}, "only what is another file since, and what is none"
    write_manifest(copy, written)
    write_manifest(plain)
    assert _digests(copy) == _digests(plain)


def _digests(root: Path) -> dict[str, str]:
    lines = gzip.decompress((root / MANIFEST).read_bytes()).decode().split("\0")[:-1]
    return {line.split(" ", 2)[2]: line.split(" ")[0] for line in lines}


def test_a_survey_of_what_a_copy_takes(root: Path) -> None:
    (root / "big").write_bytes(b"x" * 1_000_000)
    assert not survey_tree(root, (10, 1000)).whole
    assert not survey_tree(root, (10_000_000, 2)).whole
    survey = survey_tree(root)
    assert survey.whole
    assert survey.files == 4
    assert 1_000_000 <= survey.bytes < 1_100_000
    assert survey.unreadable == ()
