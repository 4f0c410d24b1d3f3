"""``jettison rules``."""

from __future__ import annotations

import click

from jettison.cli.options import json_option


@click.command("rules")
@json_option
def command(*, as_json: bool) -> None:
    """List the rules: code, name, kind, what their changes may do, and level.

    A problem is mended wherever it is found, an enabler where another change needs it, a repair
    where a change left something to do, and an extra where it is asked for. Safe changes leave what
    the container does at run time as it is; unsafe ones are kept only when a trial proved them.

    Example: jettison rules
    """
    from jettison.rules import all_rules

    if as_json:
        from jettison.report.rules.json import rules_to_json

        click.echo(rules_to_json(all_rules()), nl=False)
    else:
        from jettison.report.rules.table import rules_table

        click.echo(rules_table(all_rules()), nl=False)
        click.echo("\n`jettison explain CODE` shows a rule's page.")
