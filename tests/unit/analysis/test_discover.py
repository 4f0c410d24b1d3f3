"""Which targets a folder has, whatever it looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.analysis import Project, Selection, discover
from jettison.analysis.finding_files import production_siblings
from jettison.changes import plan
from jettison.errors import ProjectError, UsageError
from jettison.source import Patch, SourceText, TextTree

PLAIN = "FROM debian\nCMD ['x']\n"


def project(root: Path, files: dict[str, str], selection: Selection | None = None) -> Project:
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return discover(TextTree(root), {}, selection)


def names(found: Project) -> list[str]:
    return [target.name for target in found.targets if not target.development]


def test_services_that_build_the_same_image_are_one_target(tmp_path: Path) -> None:
    compose = "services:\n  a: {build: .}\n  b: {build: .}\n  c: {image: redis}\n"
    found = project(tmp_path, {"compose.yaml": compose, "Dockerfile": PLAIN})
    assert names(found) == ["a"]
    assert found.targets[0].services == ("a", "b")
    assert found.target_of("c") is None


def test_a_file_that_may_not_be_read_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "Dockerfile").write_text(PLAIN)
    monkeypatch.setattr(Path, "read_bytes", refused)
    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(ProjectError, match="Dockerfile cannot be read: Permission denied") as said:
        discover(TextTree(tmp_path), {})
    assert said.value.remedy == "Make it readable, or run as its owner."


def test_an_image_with_other_contexts_is_another_target(tmp_path: Path) -> None:
    compose = (
        "services:\n  a: {build: {context: ., additional_contexts: [from=service:base]}}\n"
        "  b: {build: {context: ., additional_contexts: {from: docker-image://python:3.11}}}\n"
        "  base: {build: base}\n"
    )
    files = {"Dockerfile": "FROM from\nRUN ls\n", "base/Dockerfile": PLAIN}
    found = project(tmp_path, {"compose.yaml": compose, **files})
    assert names(found) == ["a", "b", "base"]
    assert [one.base for one in found.targets] == ["service:base", "python:3.11", "debian"]
    assert found.below(frozenset({"a"})) == {"a", "base"}
    assert found.below(frozenset({"b"})) == {"b"}


def test_the_shell_that_reads_compose_files_stands_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/compose.yaml").write_text(
        "services:\n  web: {build: '${PWD}', volumes: ['${PWD}:/app']}\n"
    )
    (tmp_path / "Dockerfile").write_text(PLAIN)
    for shell in ({"PWD": "/somewhere/else"}, {}):
        found = discover(TextTree(tmp_path), shell)
        assert found.targets[0].context == tmp_path
        assert found.compose is not None
        (mount,) = found.compose.services["web"].mounts
        assert mount.source == str(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["Dockerfile", "Containerfile", "backend.dockerfile", "Dockerfile.prod", "api/Dockerfile"],
)
def test_a_dockerfile_alone_is_a_target(tmp_path: Path, name: str) -> None:
    found = project(tmp_path, {name: PLAIN})
    assert names(found) == [name]
    assert found.compose is None
    assert [run.service for run in found.targets[0].runs] == [""]


@pytest.mark.parametrize("build", [".", "{context: ., dockerfile: Dockerfile}"])
def test_a_dockerfile_in_small_letters_is_the_services(tmp_path: Path, build: str) -> None:
    compose = f"services:\n  web:\n    build: {build}\n"
    found = project(tmp_path, {"compose.yaml": compose, "dockerfile": PLAIN})
    assert names(found) == ["web"]
    assert found.targets[0].dockerfile_name == "dockerfile"
    assert not found.unread


@pytest.mark.parametrize("name", ["Dockerfile.md", "Dockerfile.j2", "dockerfile_parser.py"])
def test_other_files_are_no_dockerfiles(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProjectError, match="there is no Dockerfile"):
        project(tmp_path, {name: PLAIN})


@pytest.mark.parametrize("folder", ["docker", "deploy"])
def test_a_compose_file_in_a_folder_for_it_is_found(tmp_path: Path, folder: str) -> None:
    compose = "services:\n  web:\n    build: {context: .., dockerfile: docker/Dockerfile}\n"
    files = {f"{folder}/docker-compose.yml": compose, "docker/Dockerfile": PLAIN}
    found = project(tmp_path, files)
    assert names(found) == ["web"]
    assert found.compose_names == (f"{folder}/docker-compose.yml",)
    assert found.targets[0].context_name == ""
    assert found.targets[0].dockerfile_name == "docker/Dockerfile"


def test_a_compose_file_given_by_name(tmp_path: Path) -> None:
    compose = "services:\n  web: {build: .}\n"
    files = {"stack.yml": compose, "Dockerfile": PLAIN, "other/Dockerfile": PLAIN}
    found = project(tmp_path, files, Selection(files=(Path("stack.yml"),)))
    assert names(found) == ["web"]
    with pytest.raises(UsageError, match=r"no Compose file .*none\.yml"):
        project(tmp_path, files, Selection(files=(Path("none.yml"),)))


def test_dockerfiles_beside_a_compose_file_are_targets_too(tmp_path: Path) -> None:
    compose = "services:\n  web: {build: .}\n"
    found = project(
        tmp_path, {"compose.yaml": compose, "Dockerfile": PLAIN, "job/Dockerfile": PLAIN}
    )
    assert names(found) == ["web", "job/Dockerfile"]


def test_published_images_alone_leave_the_dockerfiles(tmp_path: Path) -> None:
    compose = "services:\n  web: {image: 'example/web:1'}\n"
    assert names(project(tmp_path, {"compose.yaml": compose, "Dockerfile": PLAIN})) == [
        "Dockerfile"
    ]


def test_what_is_missing_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    compose = """\
services:
  web:
    build: .
    env_file: .env.web
    environment:
      KEY: ${KEY:?set it}
  gone:
    build: ./gone
  far:
    build: https://example.org/x.git
  inline:
    build:
      dockerfile_inline: FROM debian
"""
    found = project(tmp_path, {"compose.yaml": compose, "Dockerfile": PLAIN})
    assert names(found) == ["web"]
    said = {(one.line, one.reason) for one in found.unread}
    assert (4, ".env.web is not there") in said
    assert (6, "required variable KEY is missing a value: set it") in said
    assert (8, "gone: there is no gone/Dockerfile") in said
    assert any("remote context" in reason for _, reason in said)
    assert any("inline" in reason for _, reason in said)
    assert all(one.file == "compose.yaml" for one in found.unread)


def test_a_compose_file_that_does_not_parse_leaves_the_dockerfiles(tmp_path: Path) -> None:
    found = project(tmp_path, {"compose.yaml": "services: [\n", "Dockerfile": PLAIN})
    assert names(found) == ["Dockerfile"]
    assert [one.file for one in found.unread] == ["compose.yaml"]


def test_a_dockerfile_that_does_not_parse_leaves_the_others(tmp_path: Path) -> None:
    found = project(tmp_path, {"a/Dockerfile": "RUN x\n", "b/Dockerfile": PLAIN})
    assert names(found) == ["b/Dockerfile"]
    assert [(one.file, one.line) for one in found.unread] == [("a/Dockerfile", 1)]


@pytest.mark.parametrize(
    "name",
    [
        *("Dockerfile.dev", "dev.Dockerfile", ".devcontainer/Dockerfile", "tests/e2e/Dockerfile"),
        *("extras/docker/development/Dockerfile", "compose/local/django/Dockerfile"),
    ],
)
def test_what_serves_development_is_told_apart(tmp_path: Path, name: str) -> None:
    found = project(tmp_path, {name: PLAIN, "Dockerfile": PLAIN})
    assert names(found) == ["Dockerfile"]
    assert [target.why for target in found.targets if target.development]


def test_a_development_stage_is_left_alone(tmp_path: Path) -> None:
    compose = "services:\n  web: {build: {context: ., target: dev}}\n"
    files = {"compose.yaml": compose, "Dockerfile": "FROM debian AS dev\nFROM debian\n"}
    assert names(project(tmp_path, files)) == []


def test_an_override_file_serves_development(tmp_path: Path) -> None:
    files = {
        "docker-compose.yml": "services:\n  web: {build: .}\n",
        "docker-compose.override.yml": "services:\n  web: {build: {target: dev}}\n",
        "Dockerfile": "FROM debian AS dev\nFROM debian\n",
    }
    found = project(tmp_path, files)
    assert names(found) == ["web"]
    assert found.compose_names == ("docker-compose.yml",)


def test_an_override_file_without_which_nothing_builds_is_read(tmp_path: Path) -> None:
    files = {
        "docker-compose.yml": "services:\n  web: {ports: ['80']}\n",
        "docker-compose.override.yml": "services:\n  web: {build: .}\n",
        "Dockerfile": PLAIN,
    }
    found = project(tmp_path, files)
    assert names(found) == ["web"]
    assert found.unread == ()


def test_one_dockerfile_with_its_context_and_stage(tmp_path: Path) -> None:
    files = {
        "d/Dockerfile": "FROM debian AS one\nFROM debian\n",
        "x/a.txt": "",
        "Dockerfile": PLAIN,
    }
    wanted = Selection(dockerfile=Path("d/Dockerfile"), context=Path("x"), target="one")
    found = project(tmp_path, files, wanted)
    assert names(found) == ["d/Dockerfile:one"]
    assert [file.path for file in found.targets[0].files.files] == ["a.txt"]


def test_the_context_is_where_the_copied_files_are(tmp_path: Path) -> None:
    files = {"docker/Dockerfile": "FROM debian\nCOPY app/main.py /\n", "app/main.py": ""}
    assert project(tmp_path, files).targets[0].context_name == ""


@pytest.mark.parametrize(
    ("copies", "beside", "context"),
    [
        ("COPY . .", {}, ""),
        ("COPY . .", {"Dockerfile.alpine": PLAIN, "compose.yaml": "services: {}\n"}, ""),
        ("COPY . .", {"main.py": ""}, "docker"),
        ("COPY requirements*.txt ./\nCOPY . .", {"run.sh": ""}, ""),
        ("COPY ./ /app", {"README.md": ""}, ""),
        ("COPY nowhere .", {}, "docker"),
    ],
)
def test_a_folder_for_docker_alone_is_no_context(
    tmp_path: Path, copies: str, beside: dict[str, str], context: str
) -> None:
    """``docker build -f docker/Dockerfile .``: nothing but Dockerfiles would be copied else."""
    files = {"main.py": "", "requirements-prod.txt": "", "docker/Dockerfile": f"FROM x\n{copies}\n"}
    more = {f"docker/{name}": text for name, text in beside.items()}
    found = project(tmp_path, {**files, **more})
    target = next(one for one in found.targets if one.dockerfile_name == "docker/Dockerfile")
    assert target.context_name == context


@pytest.mark.parametrize(
    ("more", "context"), [({}, ""), ({"packaging/go.mod": ""}, "packaging"), ({"go.mod": ""}, "")]
)
def test_a_folder_of_folders_for_docker_is_no_context(
    tmp_path: Path, more: dict[str, str], context: str
) -> None:
    files = {"packaging/docker/alpine/Dockerfile": "FROM x\nADD . /src\n", "packaging/a.conf": ""}
    found = project(
        tmp_path, {**files, "packaging/docker/Dockerfile": PLAIN, "main.go": "", **more}
    )
    target = next(one for one in found.targets if "alpine" in one.dockerfile_name)
    assert target.context_name == context


def test_a_link_is_its_target(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").symlink_to("docker/app.dockerfile")
    found = project(tmp_path, {"docker/app.dockerfile": PLAIN})
    assert len(found.targets) == 1


def test_a_dockerfile_outside_is_not_read(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    (tmp_path / "Dockerfile").write_text(PLAIN)
    compose = "services:\n  web: {build: ..}\n  ok: {build: .}\n"
    found = project(inner, {"compose.yaml": compose, "Dockerfile": PLAIN})
    assert names(found) == ["ok"]
    assert "built from outside" in found.unread[0].reason


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "docker-compose.yml"])
def test_a_link_that_leads_out_leaves_the_others(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / name).write_text(PLAIN if name == "Dockerfile" else "services: {}\n")
    (inner / name).symlink_to(f"../{name}")
    found = project(inner, {"b/Dockerfile": PLAIN})
    assert names(found) == ["b/Dockerfile"]
    (unread,) = found.unread
    assert (unread.file, "is a link to a place outside" in unread.reason) == (name, True)


def test_a_list_behind_a_link_that_leads_out_is_not_read(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "requirements.txt").write_text("flask\n")
    (inner / "requirements.txt").symlink_to("../requirements.txt")
    text = "FROM python:3.11-slim\nCOPY . .\nRUN pip install -r requirements.txt\nCMD ['x']\n"
    found = project(inner, {"Dockerfile": text})
    made = plan(found.tree, {})
    assert [change.key.rule for change in made.applied] == ["JT008"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("${NAME_OF_IT}", "is not a regular file"),
        ("../outside.env", "lies outside"),
        ("folder", "is not a regular file"),
        ("none.env", "none.env is not there"),
    ],
)
def test_an_environment_file_that_is_not_read_leaves_the_services(
    tmp_path: Path, named: str, said: str
) -> None:
    (tmp_path / "outside.env").write_text("A=1\n")
    inner = tmp_path / "inner"
    (inner / "folder").mkdir(parents=True)
    compose = f"services:\n  web:\n    build: .\n    env_file: ['{named}']\n"
    found = project(inner, {"compose.yaml": compose, "Dockerfile": PLAIN})
    assert found.targets[0].services == ("web",)
    assert said in found.unread[0].reason
    assert found.unread[0].remedy


def test_changes_laid_over_the_tree_are_seen(tmp_path: Path) -> None:
    compose = "services:\n  web: {build: .}\n"
    found = project(tmp_path, {"compose.yaml": compose, "Dockerfile": PLAIN, "a.log": "x"})
    tree = found.tree.edited(Patch({}, {".dockerignore": "*.log\n", "new.txt": "x"}))
    again = discover(tree, {})
    assert [file.path for file in again.targets[0].files.files] == [
        ".dockerignore",
        "Dockerfile",
        "compose.yaml",
        "new.txt",
    ]
    assert again.targets[0].ignore_name == ".dockerignore"
    assert isinstance(tree.read("new.txt"), SourceText)


PORTS = "services:\n  web:\n    build: .\n    ports: ['${PORT}:${PORT}']\n"


@pytest.mark.parametrize("name", [".env.example", "env.example", ".env.dist"])
def test_an_example_file_stands_in_for_a_missing_env(tmp_path: Path, name: str) -> None:
    files = {"compose.yaml": PORTS, "Dockerfile": PLAIN, name: "PORT=8080\nUNUSED=1\n"}
    found = project(tmp_path, files)
    (run,) = found.targets[0].runs
    assert [str(port.target) for port in run.ports] == ["8080"]
    (note,) = found.unread
    assert note.file == name
    assert note.reason == f".env is not there; {name} stands in for it"
    assert "PORT" in note.remedy
    assert "UNUSED" not in note.remedy


def test_a_port_without_a_value_keeps_nothing_else_from_being_read(tmp_path: Path) -> None:
    compose = f"{PORTS}    volumes: ['./data:/data']\n"
    found = project(tmp_path, {"compose.yaml": compose, "Dockerfile": PLAIN})
    (run,) = found.targets[0].runs
    assert run.ports == ()
    assert [mount.target for mount in run.mounts] == ["/data"]
    (note,) = found.unread
    assert note.line == 4
    assert note.reason == "${PORT}:${PORT}: its variables have no value"


def test_an_example_in_the_root_serves_a_compose_file_in_a_folder(tmp_path: Path) -> None:
    compose = PORTS.replace("build: .", "build: ..")
    files = {"docker/compose.yaml": compose, "Dockerfile": PLAIN, ".env.sample": "PORT=81\n"}
    found = project(tmp_path, files)
    assert [port.target for port in found.targets[0].runs[0].ports] == [81]


def test_what_env_sets_or_defaults_supply_is_left(tmp_path: Path) -> None:
    compose = (
        "services:\n  web:\n    build: .\n    environment:\n"
        "      A: ${A}\n      B: ${B}\n      C: ${C:-own}\n"
    )
    files = {
        "compose.yaml": compose,
        "Dockerfile": PLAIN,
        ".env": "A=mine\n",
        ".env.example": "A=1\nB=changeme\nC=3\n",
    }
    found = project(tmp_path, files)
    assert found.targets[0].runs[0].environment == {"A": "mine", "B": "changeme", "C": "own"}
    (note,) = found.unread
    assert note.reason == ".env does not set B; .env.example stands in for it"


def test_an_example_that_does_not_fit_is_not_taken(tmp_path: Path) -> None:
    compose = "services:\n  web:\n    build: .\n    ports: ['80:${PORT:-80}']\n"
    files = {"compose.yaml": compose, "Dockerfile": PLAIN, ".env.example": "PORT=<port>\n"}
    found = project(tmp_path, files)
    assert names(found) == ["web"]
    assert not found.unread


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (["Dockerfile.prod"], ["Dockerfile.prod"]),
        (
            ["prod.Dockerfile", "Dockerfile-production"],
            ["prod.Dockerfile", "Dockerfile-production"],
        ),
        (["api.Dockerfile.prod", "Dockerfile.web"], []),
        (["Dockerfile.prod", "Dockerfile.dev"], []),
    ],
)
def test_siblings_for_production(others: list[str], expected: list[str]) -> None:
    assert list(production_siblings("Dockerfile", others)) == expected
    assert not production_siblings("Dockerfile.prod", [*others, "Dockerfile.prod.prod"])


def test_what_a_run_left_is_no_part_of_the_project(tmp_path: Path) -> None:
    files = {"a/Dockerfile": PLAIN, ".jettison/report.json": "{}", ".jettison/undo/0": "x"}
    found = project(tmp_path, {**files, "Dockerfile": PLAIN, "main.py": ""})
    whole = next(one for one in found.targets if one.dockerfile_name == "Dockerfile")
    assert [file.path for file in whole.files.own] == ["Dockerfile", "a/Dockerfile", "main.py"]
