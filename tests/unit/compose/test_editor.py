"""Edits of Compose files, before and after."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from jettison.compose import ComposeEditor
from jettison.errors import ComposeError, UsageError
from jettison.source import SourceText, apply_edits

if TYPE_CHECKING:
    from jettison.compose import EditValue

FILE = """\
# The stack of the shop.
x-common: &common
  restart: always

services:

    # the front
    web:
        <<: *common
        build: ./web        # its folder
        image: 'shop/web:1' # pinned
        command: npm start
        ports:
        - "80:80"   # public
        - "443:443"

        environment:
        - A=1
        - B=two # second
        depends_on: [api, db]

    api:
        build: {context: api, args: {V: "1"}}
        environment: &env
            A: 1 # one
            # about B
            B: two
        script: |
            one
              two

        healthcheck:
            test: ["CMD", "true"]
            interval: 5s

    db:
        image: db
        environment: *env
volumes: {}
"""


def edited(text: str, *edits: tuple[str, tuple[str | int, ...], EditValue]) -> str:
    editor = ComposeEditor(SourceText("compose.yaml", text))
    for service, path, value in edits:
        editor.set_service_key(service, path, value)
    assert apply_edits(text, editor.edits()) == editor.text()
    return editor.text()


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    old, new = before.split("\n"), after.split("\n")
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return old, new


@pytest.mark.parametrize(
    ("service", "path", "value", "old", "new"),
    [
        ("web", ("ports",), ["80:80", "81:81", "443:443"], [], ['        - "81:81"']),
        ("web", ("ports",), ["443:443"], ['        - "80:80"   # public'], []),
        ("web", ("ports",), ["79:79", "80:80", "443:443"], [], ['        - "79:79"']),
        ("web", ("ports",), ["80:80", "1:1"], ['        - "443:443"'], ['        - "1:1"']),
        ("web", ("image",), "shop/web:1", [], []),
        ("web", ("depends_on",), ["api", "db"], [], []),
        ("api", ("healthcheck",), {"test": ["CMD", "true"], "retries": 2},
         ["            interval: 5s"], ["            retries: 2"]),
        (
            "web",
            ("image",),
            "shop/web:2",
            ["        image: 'shop/web:1' # pinned"],
            ["        image: 'shop/web:2' # pinned"],
        ),
        (
            "web",
            ("build", "target"),
            "prod",
            ["        build: ./web        # its folder"],
            [
                "        build:        # its folder",
                "            context: ./web",
                "            target: prod",
            ],
        ),
        ("api", ("build", "target"), "prod",
         ['        build: {context: api, args: {V: "1"}}'],
         ['        build: {context: api, args: {V: "1"}, target: prod}']),
        ("api", ("build", "args", "V"), "2",
         ['        build: {context: api, args: {V: "1"}}'],
         ['        build: {context: api, args: {V: "2"}}']),
        ("web", ("ports", 0), "8080:80",
         ['        - "80:80"   # public'], ['        - "8080:80"   # public']),
        ("web", ("ports", 2), "81:81", [], ['        - "81:81"']),
        ("web", ("environment", "B"), "three",
         ["        - B=two # second"], ["        - B=three # second"]),
        ("web", ("environment", "C"), 3, [], ["        - C=3"]),
        ("web", ("command",), ["npm", "run", "x"],
         ["        command: npm start"], ['        command: ["npm", "run", "x"]']),
        ("web", ("depends_on",), ["db"],
         ["        depends_on: [api, db]"], ["        depends_on: [db]"]),
        ("web", ("depends_on", 2), "q",
         ["        depends_on: [api, db]"], ["        depends_on: [api, db, q]"]),
        ("web", ("user",), "1000:1000", [], ['        user: "1000:1000"']),
        ("web", ("restart",), "no", [], ['        restart: "no"']),
        ("web", ("deploy", "resources", "limits"), {"memory": "1g"}, [],
         ["        deploy:", "            resources:", "                limits:",
          "                    memory: 1g"]),
        ("api", ("healthcheck", "retries"), 3, [], ["            retries: 3"]),
        ("api", ("healthcheck", "test"), ["CMD", "false"],
         ['            test: ["CMD", "true"]'], ['            test: ["CMD", "false"]']),
        ("api", ("script",), "one line",
         ["        script: |", "            one", "              two"],
         ["        script: one line"]),
        ("api", ("script",), "two\nlines",
         ["        script: |", "            one", "              two"],
         ['        script: "two\\nlines"']),
        ("db", ("environment",), {"A": "1"},
         ["        environment: *env"], ["        environment:", '            A: "1"']),
        ("db", ("volumes",), [{"type": "bind", "source": ".", "target": "/a"}, "v:/v"], [],
         ["        volumes:", "        - type: bind", "          source: .",
          "          target: /a", "        - v:/v"]),
        ("web", ("ports",), ["1:1"],
         ['        - "80:80"   # public', '        - "443:443"'],
         ['        - "1:1"   # public']),
        ("web", ("ports",), [],
         ["        ports:", '        - "80:80"   # public', '        - "443:443"'],
         ["        ports: []"]),
    ],
)  # fmt: skip
def test_setting(
    service: str,
    path: tuple[str | int, ...],
    value: EditValue,
    old: list[str],
    new: list[str],
) -> None:
    assert changed(FILE, edited(FILE, (service, path, value))) == (old, new)


@pytest.mark.parametrize(
    ("service", "path", "old", "new"),
    [
        ("web", ("image",), ["        image: 'shop/web:1' # pinned"], []),
        ("web", ("ports", 0), ['        - "80:80"   # public'], []),
        ("web", ("environment", "A"), ["        - A=1"], []),
        ("web", ("depends_on", 0), ["        depends_on: [api, db]"],
         ["        depends_on: [db]"]),
        ("web", ("depends_on", 1), ["        depends_on: [api, db]"],
         ["        depends_on: [api]"]),
        ("api", ("build", "context"), ['        build: {context: api, args: {V: "1"}}'],
         ['        build: {args: {V: "1"}}']),
        ("api", ("build", "args", "V"), ['        build: {context: api, args: {V: "1"}}'],
         ["        build: {context: api}"]),
        ("api", ("script",),
         ["        script: |", "            one", "              two"], []),
        ("db", ("environment",), ["        environment: *env"], []),
        ("web", ("missing", "deep"), [], []),
        ("nobody", ("image",), [], []),
    ],
)  # fmt: skip
def test_removing(
    service: str, path: tuple[str | int, ...], old: list[str], new: list[str]
) -> None:
    editor = ComposeEditor(SourceText("compose.yaml", FILE))
    editor.remove(service, path)
    assert changed(FILE, editor.text()) == (old, new)


def test_a_mapping_left_empty_goes_too() -> None:
    text = "services:\n  a:\n    image: x\n    build:\n      args:\n        V: 1\n"
    editor = ComposeEditor(SourceText("f", text))
    editor.remove("a", ("build", "args", "V"))
    assert editor.text() == "services:\n  a:\n    image: x\n"
    editor.remove("a", ("image",))
    assert editor.text() == "services:\n  a: {}\n"


def test_adding_and_removing_services() -> None:
    editor = ComposeEditor(SourceText("compose.yaml", FILE))
    editor.add_service("cache", {"image": "redis", "command": ["redis-server"], "ports": ["1:1"]})
    new = [
        "",
        "    cache:",
        "        image: redis",
        '        command: ["redis-server"]',
        "        ports:",
        '        - "1:1"',
    ]
    assert changed(FILE, editor.text()) == ([], new)
    editor.remove("cache")
    editor.remove("db")
    with pytest.raises(UsageError, match="already"):
        editor.add_service("web", {"image": "x"})
    with pytest.raises(UsageError, match="no service 'db'"):
        editor.set_service_key("db", ("image",), "x")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "services:\n  a:\n    image: x\n"),
        ("# only\n", "# only\nservices:\n  a:\n    image: x\n"),
        ("name: n", "name: n\nservices:\n  a:\n    image: x"),
        ("services:\n", "services:\n  a:\n    image: x\n"),
        ("services: {}\n", "services:\n  a:\n    image: x\n"),
        ("services: {b: {image: y}}\n", "services: {b: {image: y}, a: {image: x}}\n"),
        ("services: # none\nname: n\n", "services: # none\n  a:\n    image: x\nname: n\n"),
    ],
)
def test_the_first_service(before: str, after: str) -> None:
    editor = ComposeEditor(SourceText("f", before))
    editor.add_service("a", {"image": "x"})
    assert editor.text() == after


def test_line_ends_stay() -> None:
    text = FILE.replace("\n", "\r\n")
    after = edited(text, ("web", ("build", "target"), "t"), ("db", ("expose",), ["1"]))
    assert after.count("\n") == after.count("\r\n")
    assert after.replace("\r\n", "\n") == edited(
        FILE, ("web", ("build", "target"), "t"), ("db", ("expose",), ["1"])
    )


def test_a_byte_order_mark_stays() -> None:
    assert edited("\ufeffservices: {a: {image: x}}", ("a", ("image",), "z")) == (
        "\ufeffservices: {a: {image: z}}"
    )


def test_what_others_share_is_not_changed() -> None:
    editor = ComposeEditor(SourceText("compose.yaml", FILE))
    for service, path in [("api", ("environment", "A")), ("api", ("environment",))]:
        with pytest.raises(ComposeError, match="&env is used elsewhere"):
            editor.set_service_key(service, path, "x")
        with pytest.raises(ComposeError, match="&env is used elsewhere"):
            editor.remove(service, path)
    with pytest.raises(ComposeError, match=r"\*env is shared"):
        editor.set_service_key("db", ("environment", "A"), "x")
    with pytest.raises(ComposeError, match="&env is used elsewhere"):
        editor.remove("api")
    assert editor.text() == FILE


def test_sharing_may_be_allowed() -> None:
    editor = ComposeEditor(SourceText("compose.yaml", FILE), shared=True)
    editor.set_service_key("api", ("environment", "A"), 2)
    assert changed(FILE, editor.text()) == (
        ["            A: 1 # one"],
        ["            A: 2 # one"],
    )


def test_a_key_from_a_merge_key_is_overridden_as_a_whole() -> None:
    text = dedent(
        """\
        x-a: &a
          build: {context: ., args: {A: 1}}
          image: x
        services:
          web:
            <<: *a
            user: u
        """
    )
    assert changed(text, edited(text, ("web", ("image",), "z"))) == ([], ["    image: z"])
    with pytest.raises(ComposeError, match="comes from a merge key"):
        edited(text, ("web", ("build", "target"), "t"))


def test_an_anchor_of_what_is_replaced_stays() -> None:
    text = "services:\n  a:\n    image: &i x # c\n    ports: &p\n    - a\n  b: {image: *i}\n"
    editor = ComposeEditor(SourceText("f", text), shared=True)
    editor.set_service_key("a", ("image",), "z")
    editor.set_service_key("a", ("ports",), ["b"])
    assert editor.text() == text.replace("&i x", "&i z").replace("- a", "- b")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ((), "needs the path"),
        (("ports", 9), "has no item 9"),
        (("image", "x"), "takes no key"),
        (("ports", 0, "x"), "takes no key"),
        (("new", 0), "leads nowhere"),
    ],
)
def test_paths_that_lead_nowhere(path: tuple[str | int, ...], message: str) -> None:
    with pytest.raises((ComposeError, UsageError), match=message):
        edited(FILE, ("web", path, "x"))


@pytest.mark.parametrize(
    "word",
    ["", " ", "a", "yes", "NO", "1", "1.5", "0x1", "null", "~", "2020-01-01", "1:30", "80:80",
     "a: b", "a #b", "#a", "a#b", "- a", "-a", "?", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`",
     "'a'", '"a"', "a'b", 'a"b', "a\\b", "a\nb", "a\tb", "é", "日本", "\u200b", "\x7f", "{a}",
     "[a]", "a,b", "${A:-b}", "$A", "a:", ":a", "---", "...", "<<", "=", ".", "a ", "\ufeffa"],
)  # fmt: skip
@pytest.mark.parametrize("where", ["plain", "'single'", '"double"', "{flow: x}", "&a x"])
def test_every_string_survives(word: str, where: str) -> None:
    text = f"services:\n  a:\n    x-k: {where} # c\n    image: x\n"
    path = ("x-k", "flow") if where.startswith("{") else ("x-k",)
    editor = ComposeEditor(SourceText("f", text))
    editor.set_service_key("a", path, word)
    again = ComposeEditor(SourceText("f", editor.text()))
    again.set_service_key("a", ("image",), "x")
    assert read_back(editor.text(), path) == word
    assert "# c" in editor.text()


def read_back(text: str, path: tuple[str, ...]) -> object:
    value = YAML(typ="safe", pure=True).load(text)["services"]["a"]
    for key in path:
        value = value[key]
    return value
