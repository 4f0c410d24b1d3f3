"""The merged tree against a model that does the same in the plainest way, and sums that add up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from jettison.oci import (
    Entry,
    EntryKind,
    FileTree,
    LayerBuilder,
    TreeBuilder,
    build_image,
    compare,
    read_tree,
    squash,
    validate,
    waste,
)

NAMES = ("a", "b", "c")
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)


@dataclass(frozen=True)
class Put:
    path: str
    kind: EntryKind
    content: bytes = b""


@dataclass(frozen=True)
class Whiteout:
    path: str


@dataclass(frozen=True)
class Opaque:
    path: str


@dataclass(frozen=True)
class Link:
    """A hard link to one of the layer's files, chosen by number."""

    path: str
    number: int


Step = Put | Whiteout | Opaque | Link
contents = st.sampled_from([b"", b"x", b"yy", b"zzz" * 200])
steps = st.one_of(
    st.builds(Put, paths, st.just(EntryKind.FILE), contents),
    st.builds(Put, paths, st.just(EntryKind.DIRECTORY)),
    st.builds(Whiteout, paths),
    st.builds(Opaque, paths),
    st.builds(Link, paths, st.integers(0, 5)),
)
layer_steps = st.lists(steps, max_size=7)
images = st.lists(layer_steps, min_size=1, max_size=4)


@dataclass
class Item:
    kind: EntryKind
    layer: int
    inode: int
    content: bytes = b""


@dataclass
class Model:
    """Paths to items in one flat mapping; every operation looks at all paths."""

    items: dict[str, Item] = field(default_factory=dict)
    layer: int = -1
    count: int = 0
    layer_bytes: int = 0

    def below(self, path: str) -> list[str]:
        return [key for key in self.items if key.startswith(path + "/")]

    def ensure_parents(self, path: str) -> None:
        parts = path.split("/")[:-1]
        for end in range(1, len(parts) + 1):
            folder = "/".join(parts[:end])
            item = self.items.get(folder)
            if item is None or item.kind is not EntryKind.DIRECTORY:
                self.count += 1
                self.items[folder] = Item(EntryKind.DIRECTORY, self.layer, self.count)

    def put(self, path: str, item: Item) -> None:
        if item.kind is not EntryKind.DIRECTORY:
            for key in self.below(path):
                del self.items[key]
        self.ensure_parents(path)
        self.items[path] = item

    def hide(self, path: str, *, itself: bool) -> None:
        doomed = [*self.below(path), *([path] if itself else [])]
        for key in sorted(doomed, key=len, reverse=True):
            item = self.items.get(key)
            if item is None or item.layer == self.layer:
                continue
            if self.below(key):
                self.count += 1
                self.items[key] = Item(EntryKind.DIRECTORY, self.layer, self.count)
            else:
                del self.items[key]

    def apply(self, step: Step, links: dict[str, str]) -> None:
        self.count += 1
        match step:
            case Put(path, kind, content):
                self.layer_bytes += len(content)
                self.put(path, Item(kind, self.layer, self.count, content))
            case Link(path, _) if path in links:
                self.put(path, replace(self.items[links[path]], layer=self.layer))
            case Whiteout(path):
                if self.parent_is_directory(path):
                    self.hide(path, itself=True)
            case Link():
                pass
            case Opaque(path):
                item = self.items.get(path)
                if item is not None and item.kind is EntryKind.DIRECTORY:
                    self.hide(path, itself=False)

    def parent_is_directory(self, path: str) -> bool:
        folder = path.rpartition("/")[0]
        item = self.items.get(folder)
        return not folder or (item is not None and item.kind is EntryKind.DIRECTORY)


def build(image: list[list[Step]]) -> tuple[list[LayerBuilder], Model]:
    """The layers as product code builds them, and the model after the same steps."""
    model = Model()
    layers: list[LayerBuilder] = []
    for layer in image:
        model.layer += 1
        builder = LayerBuilder()
        layers.append(builder)
        for step in layer:
            links: dict[str, str] = {}
            match step:
                case Put(path, kind, content):
                    builder.entry(Entry(path, kind, mode=0o755), content)
                case Whiteout(path):
                    builder.whiteout(path)
                case Opaque(path):
                    builder.opaque(path)
                case Link(path, number):
                    targets = [
                        key
                        for key, item in sorted(model.items.items())
                        if item.kind is EntryKind.FILE
                        and item.layer == model.layer
                        and not key.startswith(path + "/")
                        and not path.startswith(key + "/")
                        and key != path
                    ]
                    if targets:
                        links[path] = targets[number % len(targets)]
                        builder.hard_link(path, links[path])
            model.apply(step, links)
    return layers, model


def shape(tree: FileTree) -> dict[str, tuple[EntryKind, int]]:
    return {node.path: (node.kind, node.layer) for node in tree}


@settings(max_examples=200, deadline=None)
@given(images)
def test_the_tree_is_the_model(image: list[list[Step]]) -> None:
    layers, model = build(image)
    tree = read_tree(build_image(layers).layers, digests=True)
    assert shape(tree) == {key: (item.kind, item.layer) for key, item in model.items.items()}
    lengths = {node.path: node.content_bytes for node in tree}
    assert lengths == {key: len(item.content) for key, item in model.items.items()}
    assert len(tree) == len(model.items)


@settings(max_examples=150, deadline=None)
@given(images)
def test_waste_always_adds_up(image: list[list[Step]]) -> None:
    layers, model = build(image)
    tree = read_tree(build_image(layers).layers, digests=True)
    found = waste(tree)
    inodes = {item.inode: len(item.content) for item in model.items.values()}
    assert found.tree_bytes == sum(inodes.values())
    assert found.layer_bytes == model.layer_bytes
    assert found.layer_bytes == (found.tree_bytes + found.overwritten_bytes + found.deleted_bytes)
    items = list(found.items())
    assert sum(item.stored_bytes for item in items) == found.waste_bytes
    assert sum(group.stored_bytes for group in found.groups) == found.waste_bytes
    assert sum(group.files for group in found.groups) == len(items)
    assert sum(found.by_layer) == found.waste_bytes
    unique = {item.content for item in model.items.values()}
    assert found.tree_bytes - found.duplicated_bytes == sum(map(len, unique))


@settings(max_examples=80, deadline=None)
@given(images, st.sets(st.integers(1, 3)))
def test_squashing_keeps_the_merged_tree(image: list[list[Step]], boundaries: set[int]) -> None:
    layers, _ = build(image)
    before = build_image(layers)
    after = squash(before, [number for number in boundaries if number < len(layers)])
    assert not compare(before, after).paths
    assert validate(after) == ()


@settings(max_examples=100, deadline=None)
@given(layer_steps, st.randoms(use_true_random=False))
def test_whiteouts_work_wherever_they_stand_in_the_tar(steps: list[Step], random: object) -> None:
    base: list[Step] = [Put(f"{one}/{two}", EntryKind.FILE, b"x") for one in NAMES for two in NAMES]
    puts = [step for step in steps if isinstance(step, Put)]
    hides = [step for step in steps if isinstance(step, (Whiteout, Opaque))]
    folders = [Put(name, EntryKind.DIRECTORY) for name in NAMES]
    first = build([base, [*folders, *hides, *puts]])[0]
    last = build([base, [*folders, *puts, *hides]])[0]
    trees = [read_tree(build_image(layers).layers) for layers in (first, last)]
    assert shape(trees[0]) == shape(trees[1])


def test_a_builder_without_layers_is_an_empty_tree() -> None:
    tree = TreeBuilder().finish()
    assert len(tree) == 0
    assert list(tree) == []
    assert waste(tree).efficiency == 1.0
