"""What the configurations of Next.js and Nitro say of the folder that a build makes."""

from __future__ import annotations

import pytest

from jettison.ecosystem.node.javascript import Unreadable
from jettison.ecosystem.node.self_contained import (
    asking_for_standalone,
    check_nitro,
    major_of,
    makes_standalone,
)


@pytest.mark.parametrize(
    "text",
    [
        "module.exports = { output: 'standalone' };",
        "/** @type {import('next').NextConfig} */\nconst nextConfig = {\n"
        '  reactStrictMode: true,\n  output: "standalone",\n};\nexport default nextConfig;',
        "const nextConfig: NextConfig = {\n  output: 'standalone' as const\n};",
        "module.exports = withPlugins({ output: 'standalone', images: { domains: [] } })",
        "export default () => ({ output: `standalone` });",
    ],
)
def test_what_asks_for_a_server_of_its_own(text: str) -> None:
    assert makes_standalone("next.config.js", text)


@pytest.mark.parametrize(
    "text",
    [
        "module.exports = {};",
        "module.exports = { output: 'export' };  // not standalone",
        "module.exports = { // output: 'standalone'\n};",
        "module.exports = { webpack: (c) => { c.output = {} }, env: { output: 'x' } };",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not makes_standalone("next.config.js", text)


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("const c = {\n output: docker ? 'standalone' : undefined,\n};", "computes output", 2),
        ("const c = {\n ...(docker && { output: 'standalone' }),\n};", "computes output", 2),
        ("const c = {};\nif (docker) c.output = 'standalone';", "computes output", 2),
        ("const c = {\n output: 'standalone',\n distDir: 'build' };", "elsewhere (distDir)", 3),
        ("const c = { output: 'standalone', outputFileTracingRoot: x };", "outputFile", 1),
        ("if (docker) {\n module.exports = f([{ output: 'standalone' }]);\n}", "computes", 2),
    ],
)
def test_what_only_running_tells(text: str, reason: str, line: int) -> None:
    with pytest.raises(Unreadable) as error:
        makes_standalone("next.config.js", text)
    assert reason in error.value.reason
    assert error.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "defineNuxtConfig({ ssr: false })",
        "({ nitro: { preset: 'node-server' } })",
        "({ nitro: {}, vite: { build: { rollupOptions: { output: { format: 'es' } } } } })",
    ],
)
def test_nitro_as_a_server_of_node(text: str) -> None:
    check_nitro("nuxt.config.ts", text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("({ nitro: { preset: 'vercel' } })", "builds for vercel"),
        ("({ nitro: { preset: process.env.PRESET } })", "computes the preset"),
        ("({ nitro: { externals: { trace: false } } })", "which packages are copied"),
        ("({ nitro: { output: { dir: 'x' } }, vite: {} })", "sets the folder"),
    ],
)
def test_nitro_as_something_else(text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        check_nitro("nuxt.config.ts", text)


def test_versions() -> None:
    assert major_of("^3.13.0") == (3, 13)
    assert major_of("latest") == (99, 0)
    assert major_of("npm:nuxt3@3.9") == (3, 9)
    assert major_of("workspace:*") is None
    assert major_of(None) is None


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("const c = {}\nmodule.exports = c\n", "const c = { output: 'standalone' }\n"),
        ("module.exports = {\n\ta: 1,\n}\n", "{\n\toutput: 'standalone',\n\ta: 1,\n}"),
        ('export default { a: "b" };\n', 'export default { output: "standalone", a: "b" };'),
        ("const c: NextConfig = {\r\n  // all\r\n};\r\nexport default c;\r\n", "\r\n  output: 's"),
        (
            "const c = { a: 1 };\nexport default withX(withY(c));\n",
            "{ output: 'standalone', a: 1 }",
        ),
        ("const c = {};\nmodule.exports = x({ on: 1 })(c)\n", "{ output: 'standalone' };\n"),
        ("const c = {};\nmodule.exports = x({ on: ')' })(c)\n", "{ output: 'standalone' };\n"),
        ("module.exports = withX({ on: 1 })\n", ""),
        ("module.exports = async () => ({})\n", ""),
        ("const c = { ...other };\nexport default c;\n", ""),
        ("export default other;\n", ""),
        ("module.exports = { publicRuntimeConfig: {} }\n", ""),
        ("module.exports = {};\nmodule.exports = {};\n", ""),
        ("// export default {}\n", ""),
        ("export default", ""),
    ],
)
def test_next_is_asked_for_its_own_server(source: str, after: str) -> None:
    edit = asking_for_standalone("next.config.js", source)
    if not after:
        assert edit is None
        return
    assert edit is not None
    now = source[: edit.span.start] + edit.text + source[edit.span.end :]
    assert after in now
    assert makes_standalone("next.config.js", now)
