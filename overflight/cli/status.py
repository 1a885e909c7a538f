"""``overflight status``: what is planned, sent and waiting, and who is working on it."""

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example, format_option
from tle.times import iso_z

if TYPE_CHECKING:
    from messaging.report import Tally
    from overflight.cli.context import Context
    from overflight.views.status import Status


@click.command(epilog=example("status", "status --json"))
@format_option("table", "json")
@click.pass_obj
def status(context: "Context", output_format: str) -> None:
    """Show what is planned, sent and waiting."""
    from overflight.views.status import gather_status

    with context.database.reading() as reader:
        found = gather_status(
            reader, home=context.home, satellites=context.settings.satellites, now=context.now()
        )
    if output_format == "json":
        console.print_json(found)
        return
    console.print_facts(_lines(found))
    for warning in _warnings(found):
        console.warn(warning)


def _warnings(found: "Status") -> Iterator[str]:
    if unknown := found.messages.unknown:
        yield (
            f"{unknown} messages are unknown: they were being sent, and no answer "
            "came. They are not repeated; see overflight queue list --state unknown"
        )
    for each in found.quarantined:
        number = each.norad_id
        yield (
            f"the newest set of {number} is quarantined: {each.reason}; "
            f"overflight tle diff {number}, overflight tle accept {number}"
        )
    for name, why in found.stopped_sources.items():
        yield f"{name} is not asked any more: {why}; overflight tle sources --resume {name}"


def _lines(found: "Status") -> Iterator[tuple[str, str]]:
    yield "home", str(found.home)
    for worker in found.workers:
        state = "silent since" if worker.silent else "seen"
        yield "worker", f"{worker.name}, {state} {iso_z(worker.seen_at)}"
    if not found.workers:
        yield "worker", "none; start one: overflight run"
    for each in found.element_sets:
        yield "element set", f"{each.name or each.norad_id}, {each.age_days:.1f} days old"
    yield "customers", f"{found.customers:,}"
    for key, state in found.campaigns.items():
        yield "campaign", f"{key}, {state}"
    yield "messages", ", ".join(_counts(found.messages)) or "none"
    for rule, count in found.messages.rules.items():
        yield "suppressed", f"{count:,} {rule}"
    yield "next due", "nothing" if found.next_due is None else iso_z(found.next_due)


def _counts(messages: "Tally") -> Iterator[str]:
    for each in fields(messages):
        count = getattr(messages, each.name)
        if isinstance(count, int) and count:
            yield f"{count:,} {each.name}"
