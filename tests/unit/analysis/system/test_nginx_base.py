"""Where nginx's image on Alpine may take the place of the one on Debian."""

from __future__ import annotations

import pytest
from tests.unit.rules.planning import planned

from jettison.rules import Change, Refused, find_rule

RULE = find_rule("JT012")
HTML = "COPY site /usr/share/nginx/html\n"
COMPOSE = "services:\n  web:\n    build: .\n"
FILES = {"site/index.html": "hi\n", "compose.yaml": COMPOSE}


@pytest.mark.parametrize(
    ("image", "alpine"),
    [
        ("nginx", "nginx:alpine"),
        ("nginx:latest", "nginx:alpine"),
        ("nginx:stable", "nginx:stable-alpine"),
        ("docker.io/library/nginx:1.27.3", "docker.io/library/nginx:1.27.3-alpine"),
    ],
)
def test_a_server_of_files_starts_from_alpine(image: str, alpine: str) -> None:
    text = f"FROM {image} AS web\nRUN rm -rf /usr/share/nginx/html/*\n{HTML}"
    made = planned(RULE, {**FILES, "Dockerfile": text})
    (found,) = made.found
    assert isinstance(found.remedy, Change)
    now = made.tree.read("Dockerfile")
    assert now is not None
    assert now.text == text.replace(f"FROM {image} ", f"FROM {alpine} ")


@pytest.mark.parametrize(
    "image",
    [
        "nginx:1.27-alpine",
        "nginx:1.27-bookworm",
        "nginx:1.27-perl",
        "nginx:1.9",
        "nginxinc/nginx-unprivileged",
        "acme/nginx",
    ],
)
def test_other_images_are_left_alone(image: str) -> None:
    assert not planned(RULE, {**FILES, "Dockerfile": f"FROM {image}\n{HTML}"}).found


@pytest.mark.parametrize(
    ("lines", "files", "reason"),
    [
        ("RUN apt-get update\n", {}, "the RUN on line 3 may want Debian"),
        ('RUN ["rm", "a"]\n', {}, "the RUN on line 3 may want Debian"),
        ("CMD supervisord\n", {}, "web's command calls supervisord"),
        (
            "COPY nginx.conf /etc/nginx/nginx.conf\n",
            {"nginx.conf": "location /api { proxy_pass http://api; }\n"},
            "nginx.conf passes requests on: Alpine looks names up otherwise",
        ),
        (
            "COPY nginx.conf /etc/nginx/\n",
            {"nginx.conf": "load_module modules/ngx_http_perl_module.so;\n"},
            "nginx.conf may want Debian",
        ),
        (
            "COPY start /docker-entrypoint.d\n",
            {"start/10-env.sh": "#!/bin/bash\necho\n"},
            "start/10-env.sh may want Debian",
        ),
        (
            "",
            {"compose.yaml": f"{COMPOSE}    volumes: ['./conf.d:/etc/nginx/conf.d']\n"},
            "web mounts its configuration",
        ),
    ],
)
def test_what_may_want_debian_keeps_it(lines: str, files: dict[str, str], reason: str) -> None:
    made = planned(RULE, {**FILES, "Dockerfile": f"FROM nginx\n{HTML}{lines}", **files})
    (found,) = made.found
    assert isinstance(found.remedy, Refused)
    assert found.remedy.reason == reason
