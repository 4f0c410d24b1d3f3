"""The project's own Compose file, edited: shared images, checks without curl, no source mounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.analysis.health import http_check
from jettison.compose import ComposeEditor, MountKind
from jettison.errors import ComposeError, UsageError
from jettison.plan.model import PlannedFile
from jettison.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jettison.analysis import Analysis, PythonImage, ServiceRun, StaticSite
    from jettison.compose.render import EditValue

_NOT_IN_NGINX = frozenset({"node", "npm", "npx", "yarn", "curl", "python", "python3", "nc"})


def edit_compose(
    analysis: Analysis, images: Sequence[PythonImage], sites: Sequence[StaticSite]
) -> tuple[PlannedFile, tuple[str, ...]]:
    """The edited Compose file, and what could not be edited in it and why."""
    name = analysis.project.compose_names[0]
    editing = _Editing(analysis, SourceText.read(analysis.project.root / name, name))
    for target in analysis.project.targets:
        editing.share(target.builders, target.image)
    for image in images:
        editing.python(image)
    for site in sites:
        editing.site(site)
    return PlannedFile(name, editing.editor.text(), "services of the stack"), tuple(editing.notes)


def shared_image_name(analysis: Analysis, service: str) -> str:
    """The name of the image that ``service`` builds: its own, or the one Compose would give it."""
    project = analysis.project.compose
    image = project.services[service].image
    return image or f"{project.name or project.default_name}-{service}"


class _Editing:
    def __init__(self, analysis: Analysis, source: SourceText) -> None:
        self.analysis = analysis
        self.editor = ComposeEditor(source)
        self.notes: list[str] = []

    def _set(self, service: str, path: Sequence[str], value: EditValue) -> None:
        try:
            self.editor.set_service_key(service, path, value)
        except (ComposeError, UsageError) as error:
            self.notes.append(f"{service}.{'.'.join(path)} was not changed: {error}")

    def _remove(self, service: str, path: Sequence[str]) -> None:
        try:
            self.editor.remove(service, path)
        except (ComposeError, UsageError) as error:
            self.notes.append(f"{service}.{'.'.join(path)} was not removed: {error}")

    def share(self, builders: Sequence[str], image: str | None) -> None:
        """One service builds, the others run its image."""
        if len(builders) < 2:
            return
        first = builders[0]
        name = shared_image_name(self.analysis, first)
        if image is None:
            self._set(first, ("image",), name)
        for other in builders[1:]:
            self._remove(other, ("build",))
            self._set(other, ("image",), name)
            # Without this, Compose asks a registry for the image, where anyone may own that name.
            self._set(other, ("pull_policy",), "never")

    def python(self, image: PythonImage) -> None:
        """Health checks without curl, and no mounts of the sources over the image's files."""
        has_check = any(http_check(run.check) for run in image.target.runs)
        for run in image.target.runs:
            check = http_check(run.check)
            own = run.healthcheck is not None and bool(run.healthcheck.test)
            if check is not None and own:
                self._set(run.service, ("healthcheck", "test"), ["CMD", *check.python_argv()])
            elif not run.check and has_check and not run.ports:
                self._set(run.service, ("healthcheck",), {"disable": True})
                self.notes.append(
                    f"{run.service} has no health check of its own: the image's is switched off "
                    "for it, as it does not answer over HTTP."
                )
            self._unmount(run, image.target.state.workdir)

    def site(self, site: StaticSite) -> None:
        """A static site needs no sources mounted, no command and no Node to check it."""
        for run in site.target.runs:
            self._unmount(run, site.workdir)
            if run.overrides_command:
                self._remove(run.service, ("command",))
                self._remove(run.service, ("entrypoint",))
            words = {word for text in run.check for word in text.split()}
            own = run.healthcheck is not None and bool(run.healthcheck.test)
            if own and words & _NOT_IN_NGINX:
                url = f"http://127.0.0.1:{site.port}/"
                self._set(
                    run.service, ("healthcheck", "test"), ["CMD", "wget", "-q", "--spider", url]
                )

    def _unmount(self, run: ServiceRun, workdir: str) -> None:
        """Removes the mounts of the project's sources over the working directory."""
        root = str(self.analysis.project.root.resolve())
        hiding = [
            mount
            for mount in run.mounts
            if mount.target.rstrip("/").startswith(workdir.rstrip("/") or "/")
            and (
                (mount.kind is MountKind.BIND and (mount.source or "").startswith(root))
                or (mount.kind is MountKind.VOLUME and mount.source is None)
            )
        ]
        if not hiding or any(mount.read_only for mount in hiding):
            return
        if len(hiding) == len(run.mounts):
            self._remove(run.service, ("volumes",))
        else:
            for index in reversed(range(len(run.mounts))):
                if run.mounts[index] in hiding:
                    self._remove_item(run.service, index)
        self.notes.append(
            f"{run.service} no longer mounts the sources over the image: that is for development."
        )

    def _remove_item(self, service: str, index: int) -> None:
        try:
            self.editor.remove(service, ("volumes", index))
        except (ComposeError, UsageError) as error:
            self.notes.append(f"{service}.volumes was not changed: {error}")
