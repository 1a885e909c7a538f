"""``overflight doctor``: what this installation has, and what it does with it."""

from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from overflight.cli.context import Context


@click.command(epilog=example("doctor", "doctor --json"))
@format_option("table", "json")
@click.pass_obj
def doctor(context: "Context", output_format: str) -> int:
    """Examine this installation: versions, extras, what finds the passes, the home.

    Changes nothing. Exits with 1 if something is wrong.
    """
    from overflight.doctor import examine

    url = context.settings.database_url
    findings = list(examine(home=context.home, database_url=url, now=context.now()))
    if output_format == "json":
        console.print_json(findings)
    else:
        console.print_facts((finding.name, finding.found) for finding in findings)
    for finding in findings:
        if finding.advice:
            tell = console.say if finding.well else console.warn
            tell(f"{finding.name}: {finding.advice}")
    return 0 if all(finding.well for finding in findings) else 1
