"""The versions of Node packages that an image built in memory holds."""

from __future__ import annotations

from jettison.dockerfile import parse_text
from jettison.oci import LayerBuilder, build_image
from jettison.trial.evidence import read_evidence


def test_versions_are_those_of_the_packages_that_code_would_find() -> None:
    layer = LayerBuilder()
    for place, text in {
        "app/node_modules/vite": '{"version": "5.4.21"}',
        "app/node_modules/@scope/kit": '{"version": "2.0.0"}',
        "app/node_modules/vite/node_modules/ms": '{"version": "1.0.0"}',
        "app/node_modules/broken": "[" * 100_000,
        "app/node_modules/nameless": "{}",
        "usr/local/lib/node_modules/npm": '{"version": "11.0.0"}',
        "srv": '{"version": "9"}',
    }.items():
        layer.file(f"{place}/package.json", text.encode())
    made = build_image([layer])
    found = read_evidence("t", made.config, made.layers, parse_text("FROM base\n"), {})
    assert found.node_versions == {
        "/app/node_modules/vite": "5.4.21",
        "/app/node_modules/@scope/kit": "2.0.0",
        "/usr/local/lib/node_modules/npm": "11.0.0",
    }
    assert found.node_version("/app/packages/web", "vite") == "5.4.21"
    assert not found.node_version("/srv", "vite")
