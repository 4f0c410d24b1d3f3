"""Which distribution provides which import, and what distributions are for.

Most distributions are imported under their own name; ``IMPORTS`` lists the well-known others.
``DEVELOPMENT`` lists tools that a running service has no use for: testing, linting, formatting,
type checking, documentation, debugging and packaging. ``IMPLIED`` lists what a service needs
without importing it: a driver named by a URL, a parser that a framework loads on demand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jettison.ecosystem.python.canonical import canonicalize_name
from jettison.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

IMPORTS: dict[str, tuple[str, ...]] = {
    "bs4": ("beautifulsoup4",),
    "cv2": ("opencv-python", "opencv-python-headless"),
    "dateutil": ("python-dateutil",),
    "dotenv": ("python-dotenv",),
    "docx": ("python-docx",),
    "pptx": ("python-pptx",),
    "fitz": ("pymupdf",),
    "flask_cors": ("flask-cors",),
    "git": ("gitpython",),
    "graphql": ("graphql-core",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "ldap": ("python-ldap",),
    "magic": ("python-magic",),
    "multipart": ("python-multipart",),
    "MySQLdb": ("mysqlclient",),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow",),
    "pkg_resources": ("setuptools",),
    "psycopg2": ("psycopg2-binary", "psycopg2"),
    "psycopg": ("psycopg", "psycopg-binary"),
    "rest_framework": ("djangorestframework",),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "slugify": ("python-slugify",),
    "socks": ("pysocks",),
    "sentry_sdk": ("sentry-sdk",),
    "strawberry": ("strawberry-graphql",),
    "telegram": ("python-telegram-bot",),
    "usb": ("pyusb",),
    "websocket": ("websocket-client",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
    "Crypto": ("pycryptodome",),
    "Cryptodome": ("pycryptodomex",),
    "attr": ("attrs",),
    "corsheaders": ("django-cors-headers",),
    "environ": ("django-environ",),
    "decouple": ("python-decouple",),
    "engineio": ("python-engineio",),
    "socketio": ("python-socketio",),
    "faiss": ("faiss-cpu", "faiss-gpu"),
    "google.protobuf": ("protobuf",),
    "grpc": ("grpcio",),
    "lzo": ("python-lzo",),
    "mpl_toolkits": ("matplotlib",),
    "ruamel": ("ruamel-yaml",),
    "snappy": ("python-snappy",),
    "whois": ("python-whois",),
    "prometheus_fastapi_instrumentator": ("prometheus-fastapi-instrumentator",),
}

DEVELOPMENT = frozenset(
    """
    aiosmtpd allure-pytest astroid autoflake autopep8 bandit black build bump2version bumpversion
    check-manifest codespell commitizen coverage cyclonedx-bom debugpy detect-secrets
    django-debug-toolbar docformatter factory-boy faker fakeredis flake8 flake8-bugbear
    flake8-docstrings flake8-isort flit freezegun hatch honcho httpretty hypothesis icecream
    interrogate invoke ipdb ipykernel ipython isort jupyter jupyterlab line-profiler locust
    memory-profiler mkdocs mkdocs-material mkdocs-material-extensions mock model-bakery moto
    mutmut mypy mypy-extensions notebook nox openapi-spec-validator parameterized pdbpp
    pep8-naming pip-audit pip-tools pipdeptree playwright pre-commit py-spy pycodestyle pydocstyle
    pyflakes pyinstrument pylint pylint-django pylint-pydantic pymdown-extensions pyright
    pytest-alembic pytest-asyncio pytest-bdd pytest-benchmark pytest-cov pytest-django pytest-env
    pytest-factoryboy pytest-flask pytest-httpx pytest-mock pytest-randomly pytest-sugar
    pytest-timeout pytest-xdist pytest pyupgrade radon requests-mock respx responses rope ruff
    safety schemathesis selenium semgrep setuptools-scm snakeviz sphinx sphinx-autobuild
    sphinx-autodoc-typehints sphinx-rtd-theme stubgen syrupy testcontainers testfixtures
    time-machine tox towncrier twine unittest-xml-reporting vcrpy viztracer vulture watchdog
    watchfiles wheel xenon yamllint yapf
    """.split()
)

_BEGINS = (
    rb"(?:\b(?:import|from)\b(?:[\w \t\f.,\x80-\xff]|\\\r?\n)*?|['\"}])"
    rb"(?<![a-z0-9_])(?:%s)(?![a-z0-9])"
)
"""The start of an import, or of a string or what follows a field of one, before a name."""

_DEVELOPMENT_PREFIXES = ("types-", "pytest-", "flake8-", "sphinx-", "mkdocs-", "pylint-")
_DEVELOPMENT_SUFFIXES = ("-stubs",)


@record
class Implied:
    """``distribution`` is needed when ``pattern`` matches a name, string or command of the code."""

    distribution: str
    pattern: re.Pattern[str]
    reason: str


def _implied(distribution: str, pattern: str, reason: str) -> Implied:
    return Implied(distribution, re.compile(pattern), reason)


IMPLIED: tuple[Implied, ...] = (
    _implied("psycopg2-binary", r"postgres(ql)?(\+psycopg2)?://", "driver of a PostgreSQL URL"),
    _implied("psycopg2", r"postgres(ql)?(\+psycopg2)?://", "driver of a PostgreSQL URL"),
    _implied("psycopg", r"postgres(ql)?\+psycopg(_async)?://", "driver of a PostgreSQL URL"),
    _implied("psycopg-binary", r"postgres(ql)?\+psycopg(_async)?://", "driver of a PostgreSQL URL"),
    _implied("asyncpg", r"postgres(ql)?\+asyncpg://", "driver of a PostgreSQL URL"),
    _implied("psycopg2-binary", r"^django\.db\.backends\.postgresql", "Django's driver"),
    _implied("psycopg2", r"^django\.db\.backends\.postgresql", "Django's driver"),
    _implied("psycopg", r"^django\.db\.backends\.postgresql", "Django's driver"),
    _implied("mysqlclient", r"mysql(\+mysqldb)?://|^django\.db\.backends\.mysql", "MySQL driver"),
    _implied("pymysql", r"mysql\+pymysql://", "driver of a MySQL URL"),
    _implied("aiomysql", r"mysql\+aiomysql://", "driver of a MySQL URL"),
    _implied("aiosqlite", r"sqlite\+aiosqlite:", "driver of a SQLite URL"),
    _implied("pyodbc", r"mssql\+pyodbc://", "driver of an SQL Server URL"),
    _implied("redis", r"^rediss?://", "client of a Redis URL"),
    _implied("hiredis", r"^rediss?://", "parser that the Redis client loads when it is there"),
    _implied(
        "python-multipart", r"^(UploadFile|File|Form|form|OAuth2PasswordRequestForm)$", "forms"
    ),
    _implied("email-validator", r"^(EmailStr|NameEmail|validate_email)$", "pydantic's e-mail type"),
    _implied("itsdangerous", r"^SessionMiddleware$", "Starlette's sessions"),
    _implied("jinja2", r"^(Jinja2Templates|TemplateResponse|render_template)$", "templates"),
    _implied("pyyaml", r"^yaml$|\.ya?ml$", "a YAML file"),
    _implied("orjson", r"^ORJSONResponse$", "FastAPI's response class"),
    _implied("ujson", r"^UJSONResponse$", "FastAPI's response class"),
    _implied("python-dotenv", r"^(env_file|load_dotenv)$", "settings read from a file"),
    _implied("uvloop", r"^uvicorn$", "event loop that uvicorn loads when it is there"),
    _implied("httptools", r"^uvicorn$", "parser that uvicorn loads when it is there"),
    _implied("websockets", r"^(uvicorn|WebSocket)$", "protocol that uvicorn loads"),
    _implied("wsproto", r"^WebSocket$", "protocol that uvicorn loads"),
    _implied("gevent", r"^gevent$", "worker class"),
    _implied("eventlet", r"^eventlet$", "worker class"),
    _implied("whitenoise", r"^whitenoise\.", "middleware named by a string"),
    _implied("argon2-cffi", r"argon2", "password hash named by a string"),
    _implied("bcrypt", r"^bcrypt(_sha256)?$", "password hash named by a string"),
    _implied("tzdata", r"^ZoneInfo$", "time zone data where the system has none"),
    _implied("cryptography", r"^(RS|ES|PS)(256|384|512)$|^EdDSA$", "signatures of tokens"),
)

_EXECUTABLES: dict[str, tuple[str, ...]] = {
    "django-admin": ("django",),
    "fastapi": ("fastapi-cli", "fastapi"),
    "flask": ("flask",),
    "opentelemetry-instrument": ("opentelemetry-instrumentation",),
    "newrelic-admin": ("newrelic",),
    "ddtrace-run": ("ddtrace",),
    "sqlfluff": ("sqlfluff",),
    "dagster-webserver": ("dagster-webserver",),
    "py.test": ("pytest",),
    "cz": ("commitizen",),
    "dmypy": ("mypy",),
    "inv": ("invoke",),
    "jupyter-lab": ("jupyterlab",),
    "jupyter-notebook": ("notebook",),
    "kernprof": ("line-profiler",),
    "moto_server": ("moto",),
    "mprof": ("memory-profiler",),
    "pip-compile": ("pip-tools",),
    "pip-sync": ("pip-tools",),
    "pyproject-build": ("build",),
    "sphinx-apidoc": ("sphinx",),
    "sphinx-build": ("sphinx",),
    "watchmedo": ("watchdog",),
}


AMBIGUOUS = frozenset(
    "build invoke mock mypy-extensions setuptools-scm watchdog watchfiles wheel".split()
)
"""Tools that services use, or other distributions need: only the built image tells them apart."""

INSTALLERS = frozenset(
    "pip setuptools wheel poetry poetry-core uv pipenv pdm pip-tools virtualenv hatch".split()
)
"""What installs others, and is installed to do that."""


def is_development(name: str) -> bool:
    """Whether a distribution is a tool that a running service has no use for."""
    return (
        name in DEVELOPMENT
        or name.startswith(_DEVELOPMENT_PREFIXES)
        or name.endswith(_DEVELOPMENT_SUFFIXES)
    )


def distributions_of_import(module: str, listed: frozenset[str]) -> frozenset[str]:
    """The listed distributions (canonical names) that may provide an imported module.

    ``module`` is the full dotted name: namespace packages (``google.cloud.storage``,
    ``opentelemetry.sdk``) are told apart by their longer names.
    """
    parts = module.split(".")
    for known in (module, parts[0]):
        found = frozenset(IMPORTS.get(known, ())) & listed
        if found:
            return found
    for length in range(len(parts), 0, -1):
        name = canonicalize_name("-".join(parts[:length]))
        found = frozenset({name, f"python-{name}", f"py{name}", f"django-{name}"}) & listed
        if found:
            return found
    return frozenset()


def first_names(distribution: str) -> frozenset[str]:
    """What the modules begin with, in lower case, for which :func:`distributions_of_import`
    may answer with a distribution (canonical name).
    """
    starts = ("", "python-", "py", "django-")
    own = {distribution.removeprefix(start) for start in starts if distribution.startswith(start)}
    listed = {module for module, names in IMPORTS.items() if distribution in names}
    return frozenset(re.split(r"[-_.]", name.lower(), maxsplit=1)[0] for name in own | listed)


def may_import(distributions: Iterable[str]) -> Callable[[bytes], bool]:
    """Whether a Python file's bytes may import one of the distributions, or name a module of it.

    The answer is no only where no import and no string begins with the name of such a module.
    Comments and the like make it say yes too often; names in Unicode's other letters are not seen.
    """
    heads = sorted(head.encode() for name in distributions for head in first_names(name) if head)
    pattern = re.compile(_BEGINS % b"|".join(map(re.escape, heads)))
    # What begins with letters is found fastest: nearly every file has none of the names.
    names = [
        re.compile(rb"%s(?![a-z0-9])(?<![a-z0-9_]%s)" % (name, name))
        for name in map(re.escape, heads)
    ]

    pairs = tuple(zip(heads, names, strict=True))

    def may(content: bytes) -> bool:
        lower = content.lower()
        for head, name in pairs:
            if head in lower and name.search(lower):
                return pattern.search(lower) is not None
        return False

    return may


def distributions_of_executable(executable: str, listed: frozenset[str]) -> frozenset[str]:
    """The listed distributions that may install a console script of that name."""
    named = {canonicalize_name(executable), *_EXECUTABLES.get(executable, ())}
    return frozenset(named) & listed
