"""Take the lab down: stop the processes that it started, and no others."""

from lab.commands import run
from lab.engine import Engine, daemon, find_engine, inspect_images, remove_image
from lab.folders import Folders
from lab.progress import say
from lab.registry import Registry
from lab.state import read_known


def down(folders: Folders, *, purge: bool) -> None:
    """Stop the lab's engine and registry; with `purge`, delete its folder.

    An engine of the user's goes on as it is; with `purge`, the stand-ins that the lab tagged in it
    go, unless a container uses them.
    """
    with folders.lock():
        folders.prepare()
        if purge:
            _remove_stand_ins(folders)
        for name, stop in (("registry", Registry(folders).stop), ("engine", daemon(folders).stop)):
            say(f"{name}: {'stopped' if stop() else 'not started by this lab'}")
        _unmount(folders)
        if purge:
            folders.purge()
            say(f"{folders.root}: deleted")


def _unmount(folders: Folders) -> None:
    """Unmount what a stopped engine left mounted on its own folder."""
    for mount in sorted(folders.mounts(folders.engine), reverse=True):
        run(["umount", mount])


def _remove_stand_ins(folders: Folders) -> None:
    """Remove the lab's images from an engine that is not the lab's."""
    engine = find_engine(folders)
    if not isinstance(engine, Engine) or engine.ours:
        return
    known = {base.reference: base for base in read_known(folders.root).values() if base.fingerprint}
    for reference, image in inspect_images(engine, list(known)).items():
        if image.stand_in and image.identifier == known[reference].identifier:
            remove_image(engine, reference)
