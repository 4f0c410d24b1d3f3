"""No text makes the reading of Compose files crash, hang or answer twice differently."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from jettison.compose import read_compose, split_command
from jettison.compose.dotenv import parse_dotenv
from jettison.compose.parsing import parse_yaml
from jettison.compose.scalars import go_text, resolve_scalar
from jettison.compose.template import TemplateError, interpolate
from jettison.compose.values import convert
from jettison.errors import ComposeError
from jettison.source import SourceText

GOLDEN = Path(__file__).parents[1] / "golden" / "compose"
REAL = sorted(GOLDEN.glob("*/project/*.y*ml"))
YAML_BITS = st.sampled_from(
    [*"-:?,[]{}#&*!|>'\"%@` \n\t\\", ": ", "- ", "<<: ", "&a ", "*a", "!!int ", "!reset ", "\r\n",
     "---\n", "services:", "image: x", "build:", "${A:-b}", "\ufeff", "\x00", "é", "0x", "1e9",
     "\ud800", "extends: a", "ports: [80]"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(YAML_BITS | st.text(max_size=3), max_size=25))
def test_any_text_is_read_or_refused(parts: list[str]) -> None:
    source = SourceText("compose.yaml", "".join(parts))
    try:
        for node in parse_yaml(source):
            assert 0 <= node.span.start <= node.span.end <= len(source.text)
            convert(source, node)
    except ComposeError as error:
        place = (error.line, error.column)
    else:
        place = (1, 1)
    assert min(place) >= 1


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(REAL), st.data())
def test_mutated_projects_are_read_or_refused(file: Path, draws: st.DataObject) -> None:
    text = file.read_bytes().decode("utf-8", "surrogateescape")
    for _ in range(draws.draw(st.integers(1, 3))):
        start = draws.draw(st.integers(0, len(text)))
        end = min(len(text), start + draws.draw(st.integers(0, 6)))
        text = text[:start] + draws.draw(YAML_BITS) + text[end:]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(shutil.copytree(file.parent, Path(folder) / "project"))
        target = project / file.name
        target.write_bytes(text.encode("utf-8", "surrogatepass"))
        with contextlib.suppress(ComposeError):
            read_compose([target], environment={}, profiles=["*"])


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="${}A:-?+bP \n", max_size=30))
def test_interpolation_ends(template: str) -> None:
    try:
        result = interpolate(template, lambda name: "p" if name == "P" else None)
    except TemplateError:
        return
    if "$" not in template:
        assert result == template


@given(st.text(max_size=40))
def test_doubled_dollars_give_the_text_back(text: str) -> None:
    assert interpolate(text.replace("$", "$$"), lambda _name: None) == text


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="AB=:'\"\\$#{} \n\r\texport", max_size=30))
def test_environment_files_are_read_or_refused(text: str) -> None:
    try:
        found = parse_dotenv(SourceText(".env", text), {"A": "a"}.get)
    except ComposeError:
        return
    assert all(isinstance(value, str) for value in found.values())


@given(st.lists(st.text(max_size=8), max_size=4))
def test_quoted_words_are_split_again(words: list[str]) -> None:
    assert split_command(shlex.join(words)) == tuple(words)


@given(st.floats(allow_nan=False) | st.integers() | st.booleans())
def test_printed_numbers_keep_their_value(value: float) -> None:
    again = resolve_scalar(go_text(value).replace("+Inf", ".inf").replace("-Inf", "-.inf"))
    assert float(again if isinstance(again, int | float) else go_text(value)) == float(value)
