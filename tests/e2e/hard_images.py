"""Images made to be hard to merge, and what an engine's container of them has in it.

Their base is a handful of this machine's own tools, so nothing is pulled.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jettison.oci import EntryKind, FileTree, LayerBuilder

if TYPE_CHECKING:
    from collections.abc import Mapping

TOOLS = ("sh", "ln", "rm", "mkdir", "mknod", "mv", "chmod", "chown", "cp", "touch", "mkfifo")
# What an engine adds to every container.
ENGINE_ADDS = re.compile(
    r"\.dockerenv|dev(/(console|pts|shm))?|proc|sys|etc/(hostname|hosts|resolv\.conf|mtab)|etc"
)
CASES = {
    "hard_links_across_layers": """
        RUN mkdir /h && echo one > /h/a && ln /h/a /h/b && ln /h/b /h/c
        RUN echo two >> /h/b
        RUN rm /h/a
        RUN ln /h/c /h/d && ln /h/c /elsewhere
        RUN chmod 600 /h/d
    """,
    "opaque_directories": """
        RUN mkdir -p /o/x/y && echo 1 > /o/x/y/1 && echo 2 > /o/x/2 && echo 3 > /o/3
        RUN rm -rf /o/x && mkdir -p /o/x/z && echo 4 > /o/x/z/4
        RUN rm -rf /o && mkdir /o && echo 5 > /o/3
    """,
    "directory_replaced_by_file_and_back": """
        RUN mkdir -p /r/d/e && echo 1 > /r/d/e/f && echo 2 > /r/g
        RUN rm -rf /r/d && echo file > /r/d && rm /r/g && mkdir -p /r/g/h && echo 3 > /r/g/h/i
        RUN rm /r/d && mkdir /r/d && echo 4 > /r/d/j && rm -rf /r/g && ln -s d /r/g
        RUN rm /r/g && mkdir /r/g
    """,
    "deleted_then_recreated": """
        RUN mkdir /t && echo aaaa > /t/f && echo b > /t/keep
        RUN rm /t/f
        RUN echo cc > /t/f
        RUN rm -rf /t
        RUN mkdir /t && echo d > /t/f
    """,
    "names": """
        RUN mkdir -p /n && touch "/n/$(printf 'caf\\351')" "/n/$(printf 'gr\\303\\274n')" \\
            "/n/ space " "/n/-dash" "/n/new\\tline" "/n/.hidden" "/n/..two"
        RUN d=/n; i=0; while [ $i -lt 12 ]; do d=$d/a_long_directory_name_number_$i; \\
            i=$((i+1)); done; mkdir -p $d && echo deep > $d/file && ln $d/file $d/second \\
            && ln -s $d/file /n/far
        RUN touch /n/$(printf '%0200d' 7) && ln /n/$(printf '%0200d' 7) /n/short
        RUN rm "/n/$(printf 'caf\\351')" && echo x > "/n/$(printf '\\377\\376')"
    """,
    "devices_and_modes": """
        RUN mkdir /m && mkfifo /m/pipe && touch /m/setuid && chmod 6755 /m/setuid \\
            && mkdir /m/sticky && chmod 1777 /m/sticky && touch /m/owned \\
            && chown 1234:70000 /m/owned && mkdir /m/none && chmod 000 /m/none
        RUN mknod /m/null c 1 3 && mknod /m/loop b 7 300 || true
        RUN chown -R 55:66 /m/sticky && chmod 700 /m
        RUN ln -s ../../../../etc/passwd /m/up && ln -s loop2 /m/loop1 && ln -s loop1 /m/loop2
    """,
    "copies": """
        COPY tree /c
        COPY --chown=7:8 tree/a /c2/
        RUN cp -a /c /copy && rm -rf /c/sub
        COPY tree /c
        ADD inner.tar /inner/
    """,
}


@dataclass(frozen=True)
class Client:
    """An engine's command-line client, and the environment that leads it to its engine."""

    program: str = "docker"
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        """The output of a command that has to succeed."""
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            [self.program, *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            env=environment,
        )
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return done.stdout


docker = Client()


class Seen(NamedTuple):
    """What is compared of an entry."""

    kind: EntryKind
    mode: int
    uid: int
    gid: int
    content_bytes: int
    link: str
    device: tuple[int, int] | None
    digest: str


def exported(image: str, folder: Path, client: Client = docker) -> dict[str, Seen]:
    """What a container of the image has, read by Python's own tar reader."""
    container = client("create", image, "/bin/sh").decode().strip()
    path = folder / "export.tar"
    try:
        client("export", "-o", str(path), container)
    finally:
        client("rm", container)
    found: dict[str, Seen] = {}
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as tar:
        for member in tar:
            name = member.name.strip("/")
            if ENGINE_ADDS.fullmatch(name):
                continue
            if member.islnk():
                found[name] = found[member.linkname.strip("/")]
            else:
                found[name] = seen_in_tar(tar, member)
    return found


KINDS = {
    tarfile.REGTYPE: EntryKind.FILE,
    tarfile.AREGTYPE: EntryKind.FILE,
    tarfile.DIRTYPE: EntryKind.DIRECTORY,
    tarfile.SYMTYPE: EntryKind.SYMLINK,
    tarfile.CHRTYPE: EntryKind.CHARACTER_DEVICE,
    tarfile.BLKTYPE: EntryKind.BLOCK_DEVICE,
    tarfile.FIFOTYPE: EntryKind.FIFO,
}


def seen_in_tar(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Seen:
    kind = KINDS[member.type]
    content = tar.extractfile(member) if kind is EntryKind.FILE else None
    device = None
    if kind in (EntryKind.CHARACTER_DEVICE, EntryKind.BLOCK_DEVICE):
        device = (member.devmajor, member.devminor)
    return Seen(
        kind,
        0 if kind is EntryKind.SYMLINK else member.mode & 0o7777,
        member.uid,
        member.gid,
        member.size,
        member.linkname if kind is EntryKind.SYMLINK else "",
        device,
        hashlib.sha256(content.read()).hexdigest() if content is not None else "",
    )


def seen_in(tree: FileTree) -> dict[str, Seen]:
    return {
        node.path: Seen(
            node.kind,
            0 if node.kind is EntryKind.SYMLINK else node.mode,
            node.uid,
            node.gid,
            node.content_bytes,
            node.link,
            node.device,
            node.digest.hex if node.digest is not None else "",
        )
        for node in tree
        if not ENGINE_ADDS.fullmatch(node.path)
    }


def base() -> LayerBuilder:
    """A layer with a shell and a few tools of this machine, and the libraries they need."""
    layer = LayerBuilder()
    for folder in ("bin", "etc", "lib", "lib64", "tmp"):
        layer.directory(folder)
    found: set[str] = set()
    for tool in TOOLS:
        program = shutil.which(tool)
        assert program is not None, tool
        layer.file(f"bin/{tool}", Path(program).resolve().read_bytes(), mode=0o755)
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
        found.update(re.findall(r"(/\S+)", listed.stdout))
    for library in sorted(found):
        layer.file(library.lstrip("/"), Path(library).resolve().read_bytes(), mode=0o755)
    return layer


def write_context(folder: Path) -> None:
    """Fills a build context with the base, and a few things to copy."""
    (folder / "base.tar").write_bytes(base().tar())
    (folder / "tree" / "sub").mkdir(parents=True)
    (folder / "tree" / "a").write_text("a" * 1000)
    (folder / "tree" / "sub" / "b").write_text("b")
    (folder / "tree" / "link").symlink_to("sub/b")
    inner = LayerBuilder().directory("q", mode=0o700, uid=9).file("q/f", b"1", uid=10, gid=11)
    (folder / "inner.tar").write_bytes(inner.hard_link("q/g", "q/f").tar())


def dockerfile_of(case: str) -> str:
    """The Dockerfile of a case."""
    return "\n".join(["FROM scratch", "ADD base.tar /", *steps_of(case)]) + "\n"


def steps_of(case: str) -> list[str]:
    """The lines of a case."""
    return [line.strip() for line in CASES[case].strip().splitlines()]
