"""``overflight tle sources``: how things stand with the providers of element sets."""

from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example, format_option
from tle.sources.providers import PROVIDERS

if TYPE_CHECKING:
    from datetime import datetime

    from overflight.cli.context import Context


@click.command(epilog=example("tle sources", "tle sources --resume celestrak"))
@click.option("--resume", "resumed", type=click.Choice(list(PROVIDERS)),
              help="Let it be asked again, once you have looked why it was stopped.")  # fmt: skip
@format_option("table", "json")
@click.pass_obj
def sources(context: "Context", resumed: str | None, output_format: str) -> None:
    """Show what was asked of each provider, why one is stopped, and what may be asked when.

    A provider is stopped by any answer that is neither element sets nor a plain no: whoever goes on
    asking is shut out by its firewall. Nothing is asked of it until it is resumed.
    """
    from overflight.views.sources import source_views

    now = context.now()
    if resumed:
        _resume(context, resumed)
    with context.reading() as reader:
        found = source_views(reader, used=context.settings.elements.sources, now=now)
    if output_format == "json":
        console.print_json(found)
        return
    console.print_table(
        ("source", "state", "last success (UTC)", "bytes today"),
        [
            (each.source, each.state, _time(each.last_success), f"{each.bytes_today:,}")
            for each in found
        ]
        or [(name, "never asked", "-", "0") for name in PROVIDERS],
    )
    rows = [
        (f"{each.source} {q.query}", _time(q.asked_at), q.result, _next(q.next_at, now))
        for each in found
        for q in each.queries
    ]
    if rows:
        console.print_line("")
        console.print_table(("query", "asked (UTC)", "result", "next (UTC)"), rows)
    for each in found:
        if each.is_stopped:
            console.warn(
                f"{each.source} is stopped: {each.why}. When that is put right: "
                f"overflight tle sources --resume {each.source}"
            )


def _resume(context: "Context", name: str) -> None:
    from tle.sources.request_log import resume

    was_stopped = context.has_database and resume(context.database, name)
    console.say(f"{name}: {'may be asked again' if was_stopped else 'was not stopped'}")


def _time(at: "datetime | None") -> str:
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M}"


def _next(at: "datetime", now: "datetime") -> str:
    return "now" if at <= now else _time(at)
