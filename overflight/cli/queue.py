"""``overflight queue``: look at planned messages, and take some back."""

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from overflight import console
from overflight.cli.lazy import HelpfulGroup
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from messaging.report import QueueRow
    from overflight.cli.context import Context

STANDINGS = (
    "planned", "intent", "accepted", "delivered", "deferred", "rejected", "dead", "expired",
    "suppressed", "cancelled", "unknown",
)  # fmt: skip


@click.group(cls=HelpfulGroup, epilog=example("queue list --standing planned"))
def queue() -> None:
    """List, show and cancel planned messages."""


@queue.command("list", epilog=example("queue list --limit 20", "queue list --format jsonl"))
@click.option("--campaign", metavar="KEY", help="Only this campaign.")
@click.option("--standing", type=click.Choice(STANDINGS), help="Only messages that stand here.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many.")
@format_option("table", "json", "jsonl")
@click.pass_obj
def list_(
    context: "Context",
    campaign: str | None,
    standing: str | None,
    limit: int,
    output_format: str,
) -> None:
    """List messages by due time: which customer, which pass, where it stands."""
    from messaging.campaigns.store import find_campaign
    from messaging.report import queue_rows

    with context.database.reading() as reader:
        if campaign is not None:
            find_campaign(reader, campaign)  # so that a slip of the pen is told
        rows = list(islice(queue_rows(reader, campaign=campaign, standing=standing), limit + 1))
    shown = rows[:limit]
    if output_format == "json":
        console.print_json([_to_json(row) for row in shown])
    elif output_format == "jsonl":
        for row in shown:
            console.print_line(json.dumps(_to_json(row), ensure_ascii=False))
    elif shown:
        console.print_table(
            ("due (UTC)", "stands", "customer", "message"),
            [
                (f"{r.due:%Y-%m-%d %H:%M:%S}", _standing(r), r.customer_id, r.message_id)
                for r in shown
            ],
        )
    elif standing is not None:
        console.say(f"no message stands at {standing}")
    else:
        console.say("the queue is empty; fill it: overflight plan")
    if len(rows) > limit:
        console.say(f"there are more; see them with --limit {limit * 10}")


def _standing(row: "QueueRow") -> str:
    return f"{row.standing} ({row.reason})" if row.reason else row.standing


@queue.command(epilog=example("queue show MESSAGE-ID"))
@click.argument("message_id")
@format_option("table", "json")
@click.pass_obj
def show(context: "Context", message_id: str, output_format: str) -> None:
    """Show one message and all that was written of it."""
    from messaging.report import history
    from tle.times import iso_z

    with context.database.reading() as reader:
        row = _find(reader, message_id)
        events = history(reader, row.message_no)
    facts = _to_json(row)
    facts["history"] = [event | {"at": iso_z(event["at"])} for event in events]
    if output_format == "json":
        console.print_json(facts)
        return
    listed = facts.pop("history")
    console.print_facts([(key, str(value)) for key, value in facts.items()])
    console.print_table(
        ("at", "event", "attempt", "reason"),
        [(e["at"], e["event"], str(e["attempt"]), e["reason"]) for e in listed],
    )


@queue.command(epilog=example("queue cancel MESSAGE-ID"))
@click.argument("message_ids", nargs=-1, required=True, metavar="MESSAGE-ID...")
@click.pass_obj
def cancel(context: "Context", message_ids: tuple[str, ...]) -> int:
    """Take messages back that are not sent yet."""
    from messaging.queue.leases import cancel_message
    from tle.times import to_ms

    failed = 0
    with context.database.writing() as transaction:
        rows = {message_id: _find(transaction, message_id) for message_id in message_ids}
        for message_id, row in rows.items():
            done = cancel_message(transaction, row.message_no, now_ms=to_ms(context.now()))
            if done:
                console.print_line(f"{message_id}: cancelled")
            else:
                console.say(f"{message_id}: too late, it stands at {row.standing}")
                failed += 1
    return 1 if failed else 0


def _find(reader: Any, message_id: str) -> "QueueRow":
    from messaging.report import find_message
    from overflight.errors import OverflightError

    row = find_message(reader, message_id)
    if row is None:
        raise OverflightError(
            f"no message '{message_id}'; expected an id as overflight queue list shows it"
        )
    return row


def _to_json(row: "QueueRow") -> dict[str, Any]:
    from dataclasses import asdict

    from tle.times import iso_z

    facts = asdict(row)
    del facts["message_no"]
    for key in ("not_before", "due", "expires_at"):
        facts[key] = iso_z(facts[key])
    return facts
