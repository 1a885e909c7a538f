"""``overflight queue``: look at planned messages, and take some back."""

from typing import TYPE_CHECKING

import click

from messaging.queue.ledger import Event
from overflight import console
from overflight.cli.cells import cell
from overflight.cli.lazy import HelpfulGroup
from overflight.cli.options import example, format_option, renamed_option

if TYPE_CHECKING:
    from messaging.report import QueueRow
    from overflight.cli.context import Context

STATES = ("planned", *(event.value for event in Event))


@click.group(cls=HelpfulGroup, epilog=example("queue list --state planned"))
def queue() -> None:
    """List, show and cancel planned messages."""


@queue.command("list", epilog=example("queue list --limit 20", "queue list --format jsonl"))
@click.option("--campaign", metavar="KEY", help="Only this campaign.")
@click.option("--state", type=click.Choice(STATES), help="Only messages in this state.")
@renamed_option("--standing", "--state")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many.")
@format_option("table", "json", "jsonl")
@click.pass_obj
def list_(
    context: "Context",
    campaign: str | None,
    state: str | None,
    limit: int,
    output_format: str,
) -> None:
    """List messages by due time: which customer, which pass, in which state."""
    from overflight.json_text import json_text
    from overflight.views.queue import list_messages, message_facts

    with context.database.reading() as reader:
        page = list_messages(reader, campaign=campaign, state=state, limit=limit)
    if output_format == "json":
        console.print_json([message_facts(row) for row in page.rows])
    elif output_format == "jsonl":
        for row in page.rows:
            console.print_line(json_text(message_facts(row)))
    elif page.rows:
        console.print_table(
            ("due (UTC)", "state", "customer", "message"),
            [
                (f"{r.due:%Y-%m-%d %H:%M:%S}", _state(r), r.customer_id, r.message_id)
                for r in page.rows
            ],
        )
    elif state is not None:
        console.say(f"no message is {state}")
    else:
        console.say("the queue is empty; fill it: overflight plan")
    if page.has_more:
        console.say(f"there are more; see them with --limit {limit * 10}")


def _state(row: "QueueRow") -> str:
    return f"{row.state} ({row.reason})" if row.reason else row.state


@queue.command(epilog=example("queue show MESSAGE-ID"))
@click.argument("message_id")
@format_option("table", "json")
@click.pass_obj
def show(context: "Context", message_id: str, output_format: str) -> None:
    """Show one message and all that was written of it."""
    from messaging.rules import rule_of
    from overflight.views.queue import message_facts, show_message
    from tle.times import iso_z

    with context.database.reading() as reader:
        message = show_message(reader, message_id)
    if output_format == "json":
        console.print_json(message.facts())
        return
    console.print_facts((key, cell(value)) for key, value in message_facts(message.row).items())
    console.print_table(
        ("at", "event", "attempt", "reason"),
        [(iso_z(e["at"]), e["event"], str(e["attempt"]), e["reason"]) for e in message.history],
    )
    for reason in dict.fromkeys(event["reason"] for event in message.history):
        if rule := rule_of(reason):
            console.say(f"{reason}: {rule.sentence}")


@queue.command(epilog=example("queue cancel MESSAGE-ID"))
@click.argument("message_ids", nargs=-1, required=True, metavar="MESSAGE-ID...")
@click.pass_obj
def cancel(context: "Context", message_ids: tuple[str, ...]) -> int:
    """Take messages back that are not sent yet."""
    from messaging.queue.leases import cancel_message
    from overflight.views.queue import require_message
    from tle.times import to_ms

    failed = 0
    with context.database.writing() as transaction:
        rows = {message_id: require_message(transaction, message_id) for message_id in message_ids}
        for message_id, row in rows.items():
            done = cancel_message(transaction, row.message_no, now_ms=to_ms(context.now()))
            if done:
                console.print_line(f"{message_id}: cancelled")
            else:
                console.say(f"{message_id}: too late, it is {row.state}")
                failed += 1
    return 1 if failed else 0
