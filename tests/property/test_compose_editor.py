"""Edits of generated Compose files: nothing changes but what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from jettison.compose import ComposeEditor
from jettison.compose.parsing import parse_yaml
from jettison.compose.values import Data, convert, data
from jettison.source import SourceText, apply_edits

NAMES = ("image", "environment", "labels", "ports", "build", "x-a", "deploy", "command", "user")
WORDS = (
    "a",
    "b c",
    "yes",
    "12",
    "0.5",
    "",
    "80:80",
    "a: b",
    "# no",
    "it's",
    'say "x"',
    "é",
    "${A}",
)
scalars = st.sampled_from(WORDS)
keys = st.sampled_from(NAMES)
values = st.recursive(
    scalars | st.integers(-5, 5000) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)


@dataclass(frozen=True)
class Layout:
    """How a generated file is laid out."""

    step: int
    dash: int
    newline: str
    final: bool


@st.composite
def scalar_texts(draw: st.DrawFn) -> str:
    """A scalar on one line in one of the styles."""
    word = draw(scalars)
    plain_ok = word not in {"", "a: b", "# no", "é"} and "'" not in word
    style = draw(st.sampled_from(["single", "double"] + ["plain"] * plain_ok))
    if style == "single":
        return "'" + word.replace("'", "''") + "'"
    if style == "double":
        return '"' + word.replace('"', '\\"') + '"'
    return word.replace('"', "")


@st.composite
def flows(draw: st.DrawFn, depth: int = 0) -> str:
    """A flow collection, perhaps over two lines."""
    kind = draw(st.sampled_from(["scalar", "list", "map"])) if depth < 2 else "scalar"
    if kind == "scalar":
        return draw(scalar_texts()).replace("${A}", "x")
    gap = draw(st.sampled_from([", ", ",", " , "]))
    parts = [draw(flows(depth + 1)) for _ in range(draw(st.integers(0, 3)))]
    if kind == "list":
        return "[" + gap.join(parts) + "]"
    names = draw(st.permutations(NAMES))
    return "{" + gap.join(f"{key}: {one}" for key, one in zip(names, parts, strict=False)) + "}"


@st.composite
def blocks(draw: st.DrawFn, layout: Layout, column: int, depth: int) -> list[str]:
    """The lines of a block mapping at ``column``."""
    lines: list[str] = []
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, 4))]
    for name in names:
        if draw(st.integers(0, 5)) == 0:
            lines.append(draw(st.sampled_from(["", " " * column + "# a note", "# far left"])))
        lines += draw(entries(layout, column, depth, name))
    return lines


@st.composite
def entries(draw: st.DrawFn, layout: Layout, column: int, depth: int, name: str) -> list[str]:
    """The lines of one entry."""
    pad = " " * column
    note = draw(st.sampled_from(["", "", "  # why", " #x"]))
    kinds = ["scalar", "flow", "literal", "null", "list", "map"]
    kind = draw(st.sampled_from(kinds if depth < 3 else kinds[:4]))
    if kind == "scalar":
        return [f"{pad}{name}: {draw(scalar_texts())}{note}"]
    if kind == "flow":
        return [f"{pad}{name}: {draw(flows())}{note}"]
    if kind == "null":
        return [f"{pad}{name}:{note}"]
    if kind == "literal":
        sign = draw(st.sampled_from(["|", ">", "|-", ">-"]))
        inner = " " * (column + layout.step)
        return [f"{pad}{name}: {sign}{note}", inner + "one", "", inner + "  two # no note"]
    if kind == "map":
        below = draw(blocks(layout, column + layout.step, depth + 1))
        return [f"{pad}{name}:{note}", *below]
    dash = " " * (column + layout.dash)
    items: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            items.append(f"{dash}- {draw(scalar_texts())}{note}")
        else:
            below = draw(entries(layout, column + layout.dash + 2, 3, "k"))
            items += [dash + "- " + below[0].lstrip(" "), *below[1:]]
            items.append(" " * (column + layout.dash + 2) + "z: 1")
    return [f"{pad}{name}:{note}", *items]


@st.composite
def files(draw: st.DrawFn) -> str:
    """A Compose file with three services, laid out in one of many ways."""
    step = draw(st.sampled_from([2, 3, 4]))
    layout = Layout(
        step,
        draw(st.sampled_from([0, step, 2])),
        draw(st.sampled_from(["\n", "\n", "\r\n"])),
        draw(st.booleans()),
    )
    lines = ["# head", "x-top: 1", "services: # all"]
    for name in ("one", "two", "three"):
        lines.append(" " * step + name + ":" + draw(st.sampled_from(["", " # it"])))
        lines += draw(blocks(layout, 2 * step, 0))
        lines += draw(st.sampled_from([[], [""], [" " * step + "# between"]]))
    lines += draw(st.sampled_from([[], ["volumes:", "  v: {}  # end"]]))
    # A block scalar that ends the file without a line break would gain one from what follows it.
    final = layout.final or lines[-1].endswith("# no note")
    return layout.newline.join(lines) + (layout.newline if final else "")


def services(text: str) -> dict[str, Data]:
    source = SourceText("compose.yaml", text)
    tree = data(convert(source, parse_yaml(source)[0]))
    assert isinstance(tree, dict)
    found = tree["services"]
    assert isinstance(found, dict)
    return found


def at(value: Data, path: tuple[str, ...]) -> Data:
    for key in path:
        assert isinstance(value, dict), (value, path)
        value = value[key]
    return value


def paths_of(value: Data, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, one in value.items():
            found += paths_of(one, (*path, key))
    return found


def outside(text: str, name: str) -> tuple[str, str]:
    """The text before the service's line, and from the next service or section on."""
    lines = text.split("\n")
    own = [i for i, line in enumerate(lines) if line.strip().split(":")[0] == name and i > 2]
    start = own[0]
    width = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    while end < len(lines):
        line = lines[end]
        column = len(line) - len(line.lstrip())
        if line.strip() and column <= width and not line.lstrip().startswith("#"):
            break
        end += 1
    return "\n".join(lines[:start]), "\n".join(lines[end:])


@settings(max_examples=30, deadline=None)
@given(files())
def test_without_an_edit_the_bytes_stay(text: str) -> None:
    editor = ComposeEditor(SourceText("compose.yaml", text))
    assert editor.text() == text
    assert editor.edits() == ()


@settings(max_examples=70, deadline=None)
@given(files(), values, st.data())
def test_setting_a_key_changes_that_key_only(text: str, value: Data, draws: st.DataObject) -> None:
    before = services(text)
    name = draws.draw(st.sampled_from(["one", "two", "three"]))
    known = paths_of(before[name])
    path = draws.draw(st.sampled_from([*known, ("new",), ("new", "deep", "er"), ("labels", "k")]))
    middle = [at(before[name], path[:i]) for i in range(1, len(path)) if path[:i] in known]
    if any(not isinstance(one, dict) and one is not None for one in middle):
        return
    editor = ComposeEditor(SourceText("compose.yaml", text))
    editor.set_service_key(name, path, value)
    check(text, editor, name)
    after = services(editor.text())
    assert at(after[name], path) == value
    for other in known:
        if other[: len(path)] != path and path[: len(other)] != other:
            assert at(after[name], other) == at(before[name], other)


@settings(max_examples=70, deadline=None)
@given(files(), st.data())
def test_removing_a_key_removes_that_key_only(text: str, draws: st.DataObject) -> None:
    before = services(text)
    name = draws.draw(st.sampled_from(["one", "two", "three"]))
    known = paths_of(before[name])
    path = draws.draw(st.sampled_from(known))
    editor = ComposeEditor(SourceText("compose.yaml", text))
    editor.remove(name, path)
    check(text, editor, name)
    left = paths_of(services(editor.text())[name])
    assert path not in left
    assert [one for one in left if one[: len(path)] != path] == left
    gone = [one for one in known if one not in left]
    assert all(one[: len(path)] == path or path[: len(one)] == one for one in gone)


@st.composite
def mutated(draw: st.DrawFn, value: Data) -> Data:
    """``value`` with some entries dropped, changed and added at some depth."""
    if isinstance(value, dict):
        kept: dict[str, Data] = {}
        for key, one in value.items():
            fate = draw(st.integers(0, 3))
            if fate:
                kept[key] = draw(mutated(one)) if fate == 1 else one
        return kept | draw(st.dictionaries(keys, values, max_size=1))
    if isinstance(value, list):
        items: list[Data] = []
        for one in value:
            fate = draw(st.integers(0, 3))
            if fate:
                items.append(draw(mutated(one)) if fate == 1 else one)
        at = draw(st.integers(0, len(items)))
        return [*items[:at], *draw(st.lists(values, max_size=2)), *items[at:]]
    return draw(values)


@settings(max_examples=70, deadline=None)
@given(files(), st.data())
def test_changing_a_value_in_places(text: str, draws: st.DataObject) -> None:
    before = services(text)
    name = draws.draw(st.sampled_from(["one", "two", "three"]))
    path = draws.draw(st.sampled_from(paths_of(before[name])))
    value = draws.draw(mutated(at(before[name], path)))
    editor = ComposeEditor(SourceText("compose.yaml", text))
    editor.set_service_key(name, path, value)
    check(text, editor, name)
    after = services(editor.text())[name]
    assert at(after, path) == value
    editor.set_service_key(name, path, value)
    assert services(editor.text())[name] == after


@settings(max_examples=30, deadline=None)
@given(files(), st.dictionaries(keys, values, min_size=1, max_size=3))
def test_adding_a_service_leaves_the_others(text: str, definition: dict[str, Data]) -> None:
    editor = ComposeEditor(SourceText("compose.yaml", text))
    editor.add_service("four", definition)
    after = services(editor.text())
    assert after.pop("four") == definition
    assert after == services(text)
    assert apply_edits(text, editor.edits()) == editor.text()
    editor.remove("four")
    assert services(editor.text()) == services(text)


def check(text: str, editor: ComposeEditor, name: str) -> None:
    """Other services, and the lines around this one, are untouched."""
    before, after = services(text), services(editor.text())
    assert {k: v for k, v in after.items() if k != name} == {
        k: v for k, v in before.items() if k != name
    }
    head, tail = outside(text, name)
    assert editor.text().startswith(head)
    assert editor.text().endswith(tail)
    assert apply_edits(text, editor.edits()) == editor.text()
    assert ("\r\n" in text) == ("\r\n" in editor.text())
