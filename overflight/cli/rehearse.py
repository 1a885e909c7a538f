"""``overflight rehearse``: what would happen, without anybody noticing."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from overflight.cli.context import Context
    from overflight.rehearsal.run import Summary


@click.command(epilog=example("rehearse --start 2026-11-11 --hours 24"))
@click.option("--start", default="now", show_default=True, help="ISO time, now, today, tomorrow.")
@click.option("--hours", type=float, default=24.0, show_default=True, help="How long.")
@click.option("--output", "--out", type=click.Path(path_type=Path), help="Folder for messages.")
@click.option("--sample", type=click.IntRange(0), default=200, show_default=True, help="How many "
              "messages are written at most.")  # fmt: skip
@click.option("--full", is_flag=True, help="Write every message.")
@click.option("--campaign", "only", metavar="KEY", help="Rehearse this one only.")
@format_option("table", "json")
@click.pass_obj
def rehearse(
    context: "Context",
    start: str,
    hours: float,
    output: Path | None,
    sample: int,
    full: bool,
    only: str | None,
    output_format: str,
) -> int:
    """Run planning and delivery on a copy of the database, on a virtual clock.

    Every campaign that is not stopped counts as armed, every channel writes files, and the copy
    holds no addresses. Real customers get nothing.
    """
    from messaging.campaigns.store import find_campaign
    from overflight.home import create_home
    from overflight.rehearsal.live import LiveView
    from overflight.rehearsal.run import RehearsalOptions
    from overflight.rehearsal.run import rehearse as run
    from overflight.when import parse_window

    first, last = parse_window(
        start=start, end=None, days=None, hours=hours, default_days=1, now=context.now()
    )
    if only is not None:
        with context.database.reading() as reader:
            find_campaign(reader, only)
    create_home(context.home)
    options = RehearsalOptions(
        start=first,
        end=last,
        output=output or context.home / "rehearsals" / f"{first:%Y%m%dT%H%M%SZ}",
        sample=None if full else sample,
        max_age_days=context.settings.elements.max_age_days,
        only=only,
    )
    with LiveView(first, last) as view:
        summary = run(context.database, context.home, options, view.show)
    print_summary(summary, output_format)
    return 1 if summary.failed else 0


def print_summary(summary: "Summary", output_format: str) -> None:
    """Print what a rehearsal came to."""
    if output_format == "json":
        console.print_json(summary)
        return
    kept, tally = summary.punctuality, summary.tally
    rows = [
        ("simulated", f"{summary.start:%Y-%m-%d %H:%M}Z to {summary.end:%Y-%m-%d %H:%M}Z"),
        ("customers", f"{summary.customers:,}"),
        ("passes considered", f"{summary.passes:,}"),
        ("messages sent", f"{tally.sent:,}"),
        ("still planned", f"{tally.planned:,}"),
    ]
    others = ("expired", "suppressed", "cancelled", "unknown", "failed")
    rows += [(name, f"{count:,}") for name in others if (count := getattr(tally, name))]
    rows += [(f"suppressed: {rule}", f"{count:,}") for rule, count in tally.rules.items()]
    if kept is not None:
        rows += [
            ("sent outside their window", str(kept.outside)),
            ("lateness p50 / p99", f"{kept.lateness_p50_s:.1f} s / {kept.lateness_p99_s:.1f} s"),
            ("busiest minute", f"{kept.busiest_minute:%H:%M}Z, {kept.busiest_count:,} messages"),
        ]
    console.print_facts(rows)
    for note in summary.notes:
        console.say(note)
    if summary.written:
        console.say(f"{summary.written:,} messages written to {summary.output}")
