"""Edits of a Compose file that leave every line alone which they do not concern.

The text is never written anew from a tree: each change replaces the characters of one node, so
comments, order, quotes, anchors, indentation and line ends stay as they are.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from jettison.compose import splice
from jettison.compose.locate import (
    index_of,
    merges,
    style_of,
    used_outside,
    variable_index,
    walk,
)
from jettison.compose.scalars import go_text
from jettison.compose.splice import slots
from jettison.compose.tree import (
    AliasNode,
    MappingNode,
    ScalarNode,
    SequenceNode,
    parse_yaml,
    source_error,
)
from jettison.errors import UsageError
from jettison.source import SourceText, Span, TextEdit, apply_edits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jettison.compose.render import EditValue, Style
    from jettison.compose.splice import Slot
    from jettison.compose.tree import Node
    from jettison.errors import ComposeError

Step = str | int


class ComposeEditor:
    """A Compose file's text under edit.

    A path leads from a service to a key: ``("build", "target")``; an ``int`` is an index into a
    list, and a name in a list of ``NAME=value`` is found too. Values are written as given: ``$``
    still starts an interpolation. An edit that would change another service through an anchor
    raises :class:`ComposeError` unless the editor is made with ``shared=True``; a key that only an
    alias or a merge key supplies cannot be changed from within.
    """

    def __init__(self, source: SourceText, *, shared: bool = False) -> None:
        self._original = source
        self._source = source
        self._shared = shared
        self._documents = parse_yaml(source)

    def text(self) -> str:
        """The text with all edits so far."""
        return self._source.text

    def edits(self, origin: str = "") -> tuple[TextEdit, ...]:
        """The edits that turn the original text into :meth:`text`, in whole lines."""
        old = _lines(self._original.text)
        new = _lines(self._source.text)
        starts = [0]
        for line in old:
            starts.append(starts[-1] + len(line))
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        return tuple(
            TextEdit(Span(starts[i], starts[j]), "".join(new[k:m]), origin)
            for tag, i, j, k, m in matcher.get_opcodes()
            if tag != "equal"
        )

    def set_service_key(self, service: str, path: Sequence[Step], value: EditValue) -> None:
        """Set what ``path`` leads to, making what is missing on the way.

        ``build: dir`` becomes a mapping with that ``context`` when a key below it is set. Raises
        :class:`UsageError` where there is no such service or the path leads nowhere.
        """
        if not path:
            raise UsageError("an edit of a service needs the path of a key")
        trail, rest = self._reach(service, tuple(path))
        slot = trail[-1]
        for one in trail[:-1] if not rest else trail:
            self._guard_shared(one.value)
        if rest:
            self._extend(slot, rest, value)
            return
        self._guard_loss(slot.value)
        if isinstance(slot.parent, SequenceNode) and isinstance(path[-1], str):
            value = _assignment(path[-1], value)
        self._apply(splice.replace(self._source, self._style(), slot, value))

    def remove(self, service: str, path: Sequence[Step] = ()) -> None:
        """Remove a key with its lines, or the whole service; nothing happens where it is missing.

        A mapping or list that would be left empty goes too; a service becomes ``{}``.
        """
        if self._service(service) is None:
            return
        trail, rest = self._reach(service, tuple(path))
        if rest:
            return
        while path and len(trail) > 1 and len(slots(trail[-2].value)) == 1:
            trail = trail[:-1]
        for one in trail[:-1]:
            self._guard_shared(one.value)
        self._guard_loss(trail[-1].value)
        if len(trail) == 1 and path:
            self._apply(splice.replace(self._source, self._style(), trail[0], {}))
        else:
            self._apply(splice.remove(self._source, trail[-1]))

    def add_service(self, name: str, definition: Mapping[str, EditValue]) -> None:
        """Add a service after the others; raises :class:`UsageError` where the name is taken."""
        if self._service(name) is not None:
            raise UsageError(f"there is a service {name!r} already")
        section = self._section()
        if section is not None:
            self._extend(section, (name,), definition)
            return
        root = next((one for one in self._documents if isinstance(one, MappingNode)), None)
        style, services = self._style(), {name: definition}
        if root is None or not root.entries:
            self._apply(splice.append_section(self._source, style, "services", services))
        else:
            self._apply(splice.insert_entry(self._source, style, root, "services", services))

    def _style(self) -> Style:
        return style_of(self._source, self._documents)

    def _apply(self, edits: Sequence[TextEdit]) -> None:
        text = apply_edits(self._source.text, edits)
        self._source = SourceText(self._source.name, text)
        self._documents = parse_yaml(self._source)

    def _section(self, service: str | None = None) -> Slot | None:
        """The ``services`` of the first document that has them (and ``service`` in them)."""
        for document in self._documents:
            section = _child(document, "services")
            if section is not None and (service is None or _child(section.value, service)):
                return section
        return None

    def _service(self, service: str) -> Slot | None:
        section = self._section(service)
        return None if section is None else _child(section.value, service)

    def _reach(
        self, service: str, path: tuple[Step, ...]
    ) -> tuple[tuple[Slot, ...], tuple[Step, ...]]:
        """The slots from the service on along ``path``, and the steps that are not there."""
        slot = self._service(service)
        if slot is None:
            raise UsageError(f"{self._source.name} has no service {service!r}")
        trail = [slot]
        for index, step in enumerate(path):
            value = trail[-1].value
            if isinstance(value, AliasNode):
                raise self._error(f"*{value.name} is shared; its parts cannot be edited", value)
            child = _child(value, step)
            if child is None:
                return tuple(trail), path[index:]
            trail.append(child)
        return tuple(trail), ()

    def _extend(self, slot: Slot, rest: tuple[Step, ...], value: EditValue) -> None:
        """Make ``rest`` below the slot's value, with ``value`` at its end."""
        step, node, style = rest[0], slot.value, self._style()
        if isinstance(node, SequenceNode) and len(rest) == 1:
            self._append(slot, node, step, value)
            return
        if not all(isinstance(one, str) for one in rest) or not isinstance(step, str):
            raise UsageError(f"{rest!r} leads nowhere in {slot.name!r}")
        for name in reversed(rest[1:]):
            value = {str(name): value}
        match node:
            case MappingNode():
                if len(rest) > 1 and merges(node, step):
                    raise self._error(f"{step!r} comes from a merge key and is shared", node)
                if node.entries:
                    edits = splice.insert_entry(self._source, style, node, step, value)
                else:
                    edits = splice.replace(self._source, style, slot, {step: value})
            case ScalarNode(text="", plain=True):
                edits = splice.replace(self._source, style, slot, {step: value})
            case ScalarNode() if slot.name == "build":
                long = {"context": node.text, step: value}
                edits = splice.replace(self._source, style, slot, long)
            case _:
                raise self._error(f"{slot.name!r} takes no key {step!r}", node)
        self._apply(edits)

    def _append(self, slot: Slot, node: SequenceNode, step: Step, value: EditValue) -> None:
        if isinstance(step, str):
            value = _assignment(step, value)
        elif step != len(node.items):
            raise UsageError(f"{slot.name!r} has no item {step}")
        if node.items:
            edits = splice.append_item(self._source, self._style(), node, value)
        else:
            edits = splice.replace(self._source, self._style(), slot, [value])
        self._apply(edits)

    def _guard_shared(self, node: Node) -> None:
        if self._shared or isinstance(node, AliasNode) or not node.anchor:
            return
        if id(node) in used_outside(self._documents, Span(0, 0)):
            raise self._error(
                f"&{node.anchor} is used elsewhere; the edit would change that too", node
            )

    def _guard_loss(self, node: Node) -> None:
        """Anchors in what is replaced must not be missed outside."""
        used = used_outside(self._documents, node.span)
        for one in walk(node):
            if isinstance(one, AliasNode) or not one.anchor or (one is node and self._shared):
                continue
            if id(one) in used:
                raise self._error(f"&{one.anchor} is used elsewhere and cannot be replaced", one)

    def _error(self, message: str, node: Node) -> ComposeError:
        return source_error(self._source, message, node.span)


def _child(node: Node, step: Step) -> Slot | None:
    index: int | None = None
    match node:
        case MappingNode() if isinstance(step, str):
            index = index_of(node, step)
        case SequenceNode() if isinstance(step, str):
            index = variable_index(node, step)
        case SequenceNode() if isinstance(step, int):
            index = step if 0 <= step < len(node.items) else None
        case _:
            return None
    return None if index is None else slots(node)[index]


def _assignment(name: str, value: EditValue) -> str:
    if value is not None and not isinstance(value, str | int | float):
        raise UsageError(f"{name}: a list of variables takes scalars")
    return name if value is None else f"{name}={go_text(value)}"


def _lines(text: str) -> list[str]:
    """The lines with their ends; only ``\\n`` ends a line, as in :class:`SourceText`."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
