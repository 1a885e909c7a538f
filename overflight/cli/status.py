"""``overflight status``: what is planned, sent and waiting, and who is working on it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from overflight import console
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from overflight.cli.context import Context

SILENT_AFTER_S = 60.0


@click.command(epilog=example("status", "status --json"))
@format_option("table", "json")
@click.pass_obj
def status(context: "Context", output_format: str) -> None:
    """Show what is planned, sent and waiting."""
    facts = _facts(context)
    if output_format == "json":
        console.print_json(facts)
        return
    console.print_facts(_lines(facts))
    for warning in _warnings(facts):
        console.warn(warning)


def _facts(context: "Context") -> dict[str, Any]:
    from dataclasses import asdict

    from messaging.campaigns.store import campaigns
    from messaging.queue.leases import next_due
    from messaging.queue.workers import workers
    from messaging.report import tally
    from tle import elements_in_force
    from tle.sources import LIMITS, source_state
    from tle.times import iso_z
    from tle.versions.in_force import quarantined

    now = context.now()
    with context.database.reading() as reader:
        in_force = elements_in_force(reader, context.settings.satellites, now=now)
        following = next_due(reader, after=now)
        providers = [source_state(reader, name, limits=LIMITS[name], now=now) for name in LIMITS]
        ((customers,),) = reader.rows("SELECT COUNT(*) FROM customer")
        return {
            "home": str(context.home),
            "workers": [
                {
                    "name": worker.name,
                    "seen_at": iso_z(worker.seen_at),
                    "silent": (now - worker.seen_at).total_seconds() > SILENT_AFTER_S,
                }
                for worker in workers(reader)
            ],
            "element_sets": [
                {
                    "norad_id": element_set.norad_id,
                    "name": element_set.name,
                    "age_days": round(element_set.age_days(now), 2),
                }
                for element_set in in_force
            ],
            "quarantined": [
                {"norad_id": norad_id, "reason": reason} for norad_id, reason in quarantined(reader)
            ],
            "stopped_sources": {each.source: each.why for each in providers if each.is_stopped},
            "customers": customers,
            "campaigns": {stored.key: stored.state.value for stored in campaigns(reader)},
            "messages": asdict(tally(reader)),
            "next_due": None if following is None else iso_z(following),
        }


def _warnings(facts: dict[str, Any]) -> Iterator[str]:
    if unknown := facts["messages"]["unknown"]:
        yield (
            f"{unknown} messages are unknown: they were being sent, and no answer "
            "came. They are not repeated; see overflight queue list --standing unknown"
        )
    for each in facts["quarantined"]:
        number = each["norad_id"]
        yield (
            f"the newest set of {number} is quarantined: {each['reason']}; "
            f"overflight tle diff {number}, overflight tle accept {number}"
        )
    for name, why in facts["stopped_sources"].items():
        yield f"{name} is not asked any more: {why}; overflight tle sources --resume {name}"


def _lines(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "home", facts["home"]
    for worker in facts["workers"]:
        state = "silent since" if worker["silent"] else "seen"
        yield "worker", f"{worker['name']}, {state} {worker['seen_at']}"
    if not facts["workers"]:
        yield "worker", "none; start one: overflight run"
    for element_set in facts["element_sets"]:
        name = element_set["name"] or element_set["norad_id"]
        yield "element set", f"{name}, {element_set['age_days']:.1f} days old"
    yield "customers", f"{facts['customers']:,}"
    for key, state in facts["campaigns"].items():
        yield "campaign", f"{key}, {state}"
    messages = facts["messages"]
    rules = messages.pop("rules")
    said = [f"{count:,} {name}" for name, count in messages.items() if count]
    yield "messages", ", ".join(said) or "none"
    for rule, count in rules.items():
        yield "suppressed", f"{count:,} {rule}"
    yield "next due", facts["next_due"] or "nothing"
