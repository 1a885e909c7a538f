"""``overflight plan``: join customers, passes and campaigns into the queue."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example, format_option, renamed_option

if TYPE_CHECKING:
    from messaging.planning.planner import Planned
    from overflight.cli.context import Context


@click.command(epilog=example("plan --dry-run", "plan --campaign singles-day"))
@click.option("--dry-run", is_flag=True, help="Count only, drafts included; write nothing.")
@click.option("--campaign", "only", metavar="KEY", help="Plan this one only.")
@click.option("--hours-ahead", type=click.IntRange(1, 744), help="How many hours from now.")
@renamed_option("--horizon", "--hours-ahead")
@format_option("table", "json")
@click.pass_obj
def plan(
    context: "Context",
    dry_run: bool,
    only: str | None,
    hours_ahead: int | None,
    output_format: str,
) -> int:
    """Join customers, passes and campaigns into the queue, some hours ahead.

    Approved, armed and paused campaigns are planned; only armed ones send. Planning again changes
    nothing.
    """
    from messaging.campaigns.lifecycle import PLANNED_STATES, State
    from messaging.campaigns.store import find_campaign
    from messaging.planning.planner import PlanOptions, plan_campaigns
    from overflight.errors import OverflightError

    settings = context.settings
    states = PLANNED_STATES | {State.DRAFT} if dry_run else PLANNED_STATES
    if only is not None:
        with context.database.reading() as reader:
            stored = find_campaign(reader, only)
        if stored.state not in states:
            draft = stored.state is State.DRAFT
            advice = "approve it first, or use --dry-run" if draft else "it is never planned again"
            raise OverflightError(f"campaign {only} is {stored.state}; {advice}")
    with console.progress() as bar:
        tasks = {}

        def on_shard(key: str, done: int, total: int) -> None:
            if key not in tasks:
                tasks[key] = bar.add_task(key, total=total)
            bar.update(tasks[key], completed=done)

        options = PlanOptions(
            ahead=timedelta(hours=hours_ahead or settings.plan.hours_ahead),
            max_age_days=settings.elements.max_age_days,
            dry_run=dry_run,
            only=only,
            states=states,
            on_shard=on_shard,
        )
        planned = plan_campaigns(context.database, options, now=context.now())
    _print(planned, output_format)
    return 1 if any(one.failed for one in planned) else 0


def _print(planned: "list[Planned]", output_format: str) -> None:
    if output_format == "json":
        console.print_json(planned)
        return
    if not planned:
        console.say("no approved, armed or paused campaign; see overflight campaign list")
        return
    console.print_table(
        ("campaign", "customers", "passes", "added", "revised", "cancelled", "unchanged"),
        [
            (one.key, *(f"{n:,}" for n in (one.customers, one.passes, one.added)), *(
                f"{n:,}" for n in (one.revised, one.cancelled, one.unchanged)
            ))
            for one in planned
        ],
    )  # fmt: skip
    for one in planned:
        if one.suppressed:
            rules = ", ".join(f"{count:,} {rule}" for rule, count in one.suppressed.items())
            console.say(f"{one.key}: without a message: {rules}")
        if one.note:
            advice = "; overflight tle update" if one.missing else ""
            console.say(f"{one.key}: {one.note}{advice}")
