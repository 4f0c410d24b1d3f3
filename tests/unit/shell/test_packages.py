"""Package manager calls in their spellings."""

from __future__ import annotations

import pytest

from jettison.shell import Manager, PackageCall, Verb, package_calls, parse_commands
from jettison.source import TextEdit, apply_edits


def calls(text: str) -> tuple[PackageCall, ...]:
    return package_calls(parse_commands(text))


def call(text: str) -> PackageCall:
    (found,) = calls(text)
    return found


# Manager, verb, the call, its packages with their versions.
ROWS = [
    ("APT INSTALL", "apt-get install -y curl=7.* ca-certificates", "curl:7.* ca-certificates"),
    ("APT INSTALL", "apt -o A::B=c install -t bookworm a/stable b:arm64", "a:stable b:arm64"),
    ("APT INSTALL", "apt-get -yqq install -oX=y --target-release x a", "a"),
    ("APT INSTALL", "aptitude install a", "a"),
    ("APT INSTALL", "apt-get install -yt bookworm a", "a"),
    ("APT INSTALL", "apt-get build-dep a", "a"),
    ("APT REMOVE", "apt-get purge -y --auto-remove a b", "a b"),
    ("APT UPDATE", "apt-get update", ""),
    ("APT UPGRADE", "apt-get dist-upgrade -y", ""),
    ("APT AUTOREMOVE", "apt-get autoremove --purge", ""),
    ("APT CLEAN", "apt-get clean", ""),
    ("APK INSTALL", "apk add --no-cache -t .deps a=1.2-r0 b~=3 c>4 d@edge", "a:=1.2-r0 b:~=3 c d"),
    ("APK INSTALL", "apk --no-cache add 'c>4' --virtual=.x a", "c:>4 a"),
    ("APK REMOVE", "apk del .deps", ".deps"),
    ("APK CLEAN", "apk cache clean", ""),
    ("DNF INSTALL", "dnf -y install a php-8.1 --setopt=x=0", "a php-8.1"),
    ("DNF INSTALL", "yum install -y --enablerepo x a", "a"),
    ("DNF INSTALL", "microdnf install a", "a"),
    ("DNF CLEAN", "microdnf clean all", ""),
    ("DNF UPGRADE", "yum update -y", ""),
    ("ZYPPER INSTALL", "zypper --non-interactive in -y a=1", "a:=1"),
    ("PIP INSTALL", "pip install --no-cache-dir 'a[x]>=1,<2' b==1.0 c", "a:>=1,<2 b:==1.0 c"),
    ("PIP INSTALL", "pip3.11 install -U pip", "pip"),
    ("PIP INSTALL", "/venv/bin/pip install a", "a"),
    ("PIP INSTALL", "python -m pip install a", "a"),
    ("PIP INSTALL", "python3 -u -m pip install 'a; python_version<\"3\"'", "a"),
    ("PIP INSTALL", "pip install a~=1.4.2 'b @ https://x/b.whl'", "a:~=1.4.2 b:@ https://x/b.whl"),
    ("PIP INSTALL", "pip install git+https://x/y.git@v1", "git+https://x/y.git@v1"),
    ("PIP REMOVE", "pip uninstall -y a", "a"),
    ("PIP DOWNLOAD", "pip download -d /x a", "a"),
    ("PIP BUILD", "pip wheel -w /x .", ""),
    ("PIP CLEAN", "pip cache purge", ""),
    ("PIP OTHER", "pip config set a b", ""),
    ("UV INSTALL", "uv pip install --system a==1", "a:==1"),
    ("UV INSTALL", "uv --no-cache pip install a", "a"),
    ("UV INSTALL", "uv sync --frozen --no-dev", ""),
    ("UV INSTALL", "uv add a", "a"),
    ("UV RUN", "uv run a", ""),
    ("UV CLEAN", "uv cache clean", ""),
    ("POETRY INSTALL", "poetry install --only main --no-root", ""),
    ("POETRY INSTALL", "poetry add a@^1", "a:@^1"),
    ("PIPENV INSTALL", "pipenv install --deploy --system", ""),
    ("PDM INSTALL", "pdm sync --prod", ""),
    ("CONDA INSTALL", "conda install -y -c x a=1.2 'b>=2' y::c", "a:=1.2 b:>=2 y::c"),
    ("CONDA INSTALL", "micromamba create -n e a", "a"),
    ("CONDA CLEAN", "conda clean -afy", ""),
    ("NPM INSTALL", "npm ci --omit=dev", ""),
    ("NPM INSTALL", "npm i -g a@1 @s/b@^2 @s/c", "a:1 @s/b:^2 @s/c"),
    ("NPM INSTALL", "npm --prefix x install", ""),
    ("NPM CLEAN", "npm cache clean --force", ""),
    ("NPM RUN", "npm run build", ""),
    ("NPM AUTOREMOVE", "npm prune --production", ""),
    ("NPM OTHER", "npm --version", ""),
    ("PNPM INSTALL", "pnpm --filter x i --prod", ""),
    ("PNPM REMOVE", "pnpm remove -w a", "a"),
    ("PNPM CLEAN", "pnpm store prune", ""),
    ("YARN INSTALL", "yarn", ""),
    ("YARN INSTALL", "yarn --frozen-lockfile", ""),
    ("YARN INSTALL", "yarn global add a", "a"),
    ("YARN OTHER", "yarn --version", ""),
    ("YARN CLEAN", "yarn cache clean", ""),
    ("YARN RUN", "yarn build", ""),
    ("BUN INSTALL", "bun install --production", ""),
    ("BUNDLE INSTALL", "bundle install -j4 --without test", ""),
    ("BUNDLE INSTALL", "bundle", ""),
    ("GEM INSTALL", "gem install a -v 1.0 b:2", "a b:2"),
    ("COMPOSER INSTALL", "composer require a/b:^1 c/d", "a/b:^1 c/d"),
    ("COMPOSER INSTALL", "php composer.phar install --no-dev", ""),
    ("GO DOWNLOAD", "go mod download", ""),
    ("GO BUILD", "go build -trimpath -ldflags '-s -w' -o /x ./cmd", ""),
    ("GO INSTALL", "go install x.y/z@latest", "x.y/z:latest"),
    ("CARGO BUILD", "cargo build --release", ""),
    ("CARGO INSTALL", "cargo install --locked --version 1 a b@2", "a b:2"),
    # Behind other programs.
    ("APT INSTALL", "sudo -u root -E apt-get install a", "a"),
    ("APT INSTALL", "DEBIAN_FRONTEND=noninteractive apt-get install a", "a"),
    ("APT INSTALL", "env -u X A=b apt-get install a", "a"),
    ("APT INSTALL", "exec apt-get install a", "a"),
    ("APT INSTALL", "command apt-get install a", "a"),
    ("APT INSTALL", "time -p nice -n 5 apt-get install a", "a"),
    ("APT INSTALL", "timeout -s KILL 300 apt-get install a", "a"),
    ("APT INSTALL", "cat x | xargs -n1 apt-get install -y", ""),
    ("APT INSTALL", "sh -c 'apt-get install a'", "a"),
    ("APT INSTALL", "bash -lc \"sudo apt-get install 'a'\"", "a"),
    ("PIP INSTALL", "if x; then pip install a; fi", "a"),
    ("PIP INSTALL", "A=$(pip install a)", "a"),
    ("PIP INSTALL", "bash <<E\npip install a\nE\n", "a"),
    ("PIP INSTALL", ">&2 pip install a > /dev/null b", "a b"),
]


@pytest.mark.parametrize(("kind", "text", "packages"), ROWS)
def test_calls(kind: str, text: str, packages: str) -> None:
    found = call(text)

    assert f"{found.manager.name} {found.verb.name}" == kind
    shown = (
        f"{one.name}:{one.version}" if one.version is not None else one.name
        for one in found.packages
    )
    assert " ".join(shown) == packages


@pytest.mark.parametrize(
    "text",
    [
        *("", "echo apt-get install a", "apt-cache show a", "python -m venv x", "pipx install a"),
        *("# apt-get install a", "python pip install", "sudo", "$APT install a"),
        "echo 'pip install a'",
    ],
)
def test_no_calls(text: str) -> None:
    assert calls(text) == ()


def test_which_apt_packages_does_this_install_and_where_are_their_words() -> None:
    text = "apt-get update && apt-get install -y \\\n    'curl' \\\n    git=1:2.3 \\\n && rm -rf x"

    packages = [
        package
        for found in calls(text)
        if found.manager is Manager.APT and found.verb is Verb.INSTALL
        for package in found.packages
    ]

    assert [one.name for one in packages] == ["curl", "git"]
    assert [text[one.span.start : one.span.end] for one in packages] == ["'curl'", "git=1:2.3"]


def test_requirement_files() -> None:
    text = "pip install -qr a.txt -r'b c.txt' --requirement=c.txt -c d.txt -r $E"

    found = call(text).requirements

    assert [(one.path, one.constrains, one.known) for one in found] == [
        ("a.txt", False, True),
        ("b c.txt", False, True),
        ("c.txt", False, True),
        ("d.txt", True, True),
        ("$E", False, False),
    ]
    assert [text[one.span.start : one.span.end] for one in found] == [
        "-qr a.txt",
        "-r'b c.txt'",
        "--requirement=c.txt",
        "-c d.txt",
        "-r $E",
    ]


def test_packages_of_an_option() -> None:
    found = call("pip install -e '.[dev]' ./x https://x/y.whl z.whl w")

    assert [(one.name, one.is_path, one.is_url) for one in found.packages] == [
        (".[dev]", True, False),
        ("./x", True, False),
        ("https://x/y.whl", True, True),
        ("z.whl", True, False),
        ("w", False, False),
    ]


def test_what_is_not_known() -> None:
    found = call('apt-get install a=$V $PKGS "$@" $(cat x) `ls` lib${N}-dev')

    assert [(one.name, one.version, one.known) for one in found.packages] == [
        ("a", "$V", True),
        ("$PKGS", None, False),
        ("$@", None, False),
        ("$(cat x)", None, False),
        ("`ls`", None, False),
        ("lib${N}-dev", None, False),
    ]


def test_flags() -> None:
    found = call("apt-get -qq -o A=b install -y --no-install-recommends -t=x a --")

    assert [(one.name, one.value) for one in found.global_flags] == [("-qq", None), ("-o", "A=b")]
    assert [(one.name, one.value) for one in found.flags] == [
        ("-y", None),
        ("--no-install-recommends", None),
        ("-t", "x"),
    ]
    assert found.flag("-y", "--yes") is not None
    assert found.flag("-q") is not None
    assert found.flag("--no-install-suggests") is None


def test_a_flag_is_found_in_a_cluster() -> None:
    found = call("apt-get -yqq install a")

    flag = found.flag("-y", "--yes", "--assume-yes")

    assert flag is not None
    assert flag.text == "-yqq"
    assert found.flag("-z") is None


def test_the_words_of_a_call() -> None:
    found = call("sudo python3 -m pip --isolated install a")

    assert found.program_name == "pip"
    assert [word.value for word in found.program] == ["python3", "-m", "pip"]
    assert found.subcommand_name == "install"
    assert found.command.name == "sudo"
    assert call("npm cache clean").subcommand_name == "cache clean"
    assert call("yarn").subcommand_name == ""


def test_edits_with_the_spans() -> None:
    text = "sh -c 'apt-get install curl wget' && pip install a"
    apt, pip = calls(text)

    edits = [
        TextEdit(apt.command.words[0].span, "apt"),
        TextEdit(apt.packages[1].span, "wget=1"),
        TextEdit(pip.subcommand[0].span, "install --no-cache-dir"),
    ]

    assert apply_edits(text, edits) == (
        "sh -c 'apt install curl wget=1' && pip install --no-cache-dir a"
    )
    assert text[: apt.end_of_subcommand].endswith("apt-get install")
    assert call("yarn").end_of_subcommand == 4


def test_after_two_dashes_all_words_are_packages() -> None:
    found = call("pip install -- a -b")

    assert found.flags == ()
    assert [one.name for one in found.packages] == ["a", "-b"]
