"""``overflight tle sources``: how things stand with the providers of element sets."""

from typing import TYPE_CHECKING, Any

import click

from overflight import console
from overflight.cli.options import example, format_option
from tle.sources import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from overflight.cli.context import Context
    from tle.sources import SourceState


@click.command(epilog=example("tle sources", "tle sources --resume celestrak"))
@click.option("--resume", "resumed", type=click.Choice(list(LIMITS)),
              help="Let it be asked again, once you have looked why it was stopped.")  # fmt: skip
@format_option("table", "json")
@click.pass_obj
def sources(context: "Context", resumed: str | None, output_format: str) -> None:
    """Show what was asked of each provider, why one is stopped, and what may be asked when.

    A provider is stopped by any answer that is neither element sets nor a plain no: whoever goes on
    asking is shut out by its firewall. Nothing is asked of it until it is resumed.
    """
    now = context.now()
    if resumed:
        _resume(context, resumed)
    states = list(_states(context, now)) if context.has_database else []
    if output_format == "json":
        console.print_json([_to_json(state, context) for state in states])
        return
    console.print_table(
        ("source", "state", "last success (UTC)", "bytes today"),
        [
            (
                state.source,
                _standing(state, context),
                _time(state.last_success),
                f"{state.bytes_today:,}",
            )
            for state in states
        ]
        or [(name, "never asked", "-", "0") for name in LIMITS],
    )
    rows = [
        (f"{state.source} {each.query}", _time(each.at), each.outcome, _next(each.next_at, now))
        for state in states
        for each in state.queries
    ]
    if rows:
        console.print_line("")
        console.print_table(("query", "asked (UTC)", "outcome", "next (UTC)"), rows)
    for state in states:
        if state.is_stopped:
            console.warn(
                f"{state.source} is stopped: {state.why}. When that is put right: "
                f"overflight tle sources --resume {state.source}"
            )


def _resume(context: "Context", name: str) -> None:
    from tle.sources import resume

    was_stopped = context.has_database and resume(context.database, name)
    console.say(f"{name}: {'may be asked again' if was_stopped else 'was not stopped'}")


def _states(context: "Context", now: "datetime") -> "Iterator[SourceState]":
    from tle.sources import source_state

    with context.database.reading() as reader:
        for name, limits in LIMITS.items():
            yield source_state(reader, name, limits=limits, now=now)


def _standing(state: "SourceState", context: "Context") -> str:
    if state.is_stopped:
        return "stopped"
    return "ready" if state.source in context.settings.elements.sources else "not used"


def _time(at: "datetime | None") -> str:
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M}"


def _next(at: "datetime", now: "datetime") -> str:
    return "now" if at <= now else _time(at)


def _to_json(state: "SourceState", context: "Context") -> dict[str, Any]:
    return {
        "source": state.source,
        "state": _standing(state, context),
        "why": state.why or None,
        "last_success": _iso(state.last_success),
        "bytes_today": state.bytes_today,
        "queries": [
            {
                "query": each.query,
                "asked_at": _iso(each.at),
                "outcome": each.outcome,
                "note": each.note or None,
                "next_at": _iso(each.next_at),
            }
            for each in state.queries
        ],
    }


def _iso(at: "datetime | None") -> str | None:
    from tle.times import iso_z

    return None if at is None else iso_z(at)
