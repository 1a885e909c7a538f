"""``overflight campaign``: say what to send to whom, and decide whether it may be sent."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.cells import cell
from overflight.cli.lazy import HelpfulGroup
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from overflight.cli.context import Context

NEXT = {
    "draft": "next: overflight campaign approve {key} --by YOUR-NAME",
    "approved": "next: overflight plan, overflight rehearse, then overflight campaign arm {key}",
    "armed": "it sends while overflight run is running",
    "paused": "nothing of it is sent until: overflight campaign resume {key}",
    "stopped": "what was waiting is cancelled; nothing of it is ever sent again",
}


@click.group(cls=HelpfulGroup, epilog=example("campaign init singles-day", "campaign list"))
def campaign() -> None:
    """Say what to send to whom, and arm it.

    A loaded file is a draft; approve it, then arm it. An edit makes it a draft again.
    """


@campaign.command(epilog=example("campaign init singles-day"))
@click.argument("name")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.pass_obj
def init(context: "Context", name: str, force: bool) -> None:
    """Write NAME.toml, a commented example to edit."""
    from messaging.campaigns.example import example_campaign
    from overflight.errors import OverflightError

    path = Path(f"{name}.toml")
    tomorrow = (context.now() + timedelta(days=1)).date()
    text = example_campaign(name, first_day=tomorrow)
    if path.exists() and not force:
        raise OverflightError(f"{path} exists; choose another name, or replace it with --force")
    path.write_text(text, encoding="utf-8")
    console.say(f"wrote {path}; edit it, then: overflight campaign load {path}")


@campaign.command(epilog=example("campaign load singles-day.toml"))
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def load(context: "Context", file: Path) -> None:
    """Load a campaign from FILE, or a new version of it. Nothing is sent because of it."""
    from messaging.campaigns.store import load_into
    from overflight.errors import OverflightError

    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise OverflightError(f"{file}: expected a TOML file in UTF-8, got other bytes") from None
    stored, loading = load_into(context.database, text, source=str(file), now=context.now())
    console.print_line(f"{stored.key}: {loading.value}, version {stored.version}, {stored.state}")
    console.say(NEXT[stored.state].format(key=stored.key))


@campaign.command("list", epilog=example("campaign list", "campaign list --json"))
@format_option("table", "json")
@click.pass_obj
def list_(context: "Context", output_format: str) -> None:
    """List all campaigns."""
    from messaging.campaigns.store import campaigns
    from overflight.views.campaigns import campaign_facts

    with context.database.reading() as reader:
        found = campaigns(reader)
    if output_format == "json":
        console.print_json([campaign_facts(stored) for stored in found])
        return
    if not found:
        console.say("no campaigns yet; write one: overflight campaign init NAME")
        return
    console.print_table(
        ("key", "state", "version", "channel", "from", "to", "title"),
        [
            (
                stored.key,
                stored.state.value,
                str(stored.version),
                stored.campaign.channel,
                f"{stored.campaign.start:%Y-%m-%d %H:%M}Z",
                f"{stored.campaign.end:%Y-%m-%d %H:%M}Z",
                stored.campaign.title,
            )
            for stored in found
        ],
    )


@campaign.command(epilog=example("campaign show singles-day"))
@click.argument("key")
@format_option("table", "json")
@click.pass_obj
def show(context: "Context", key: str, output_format: str) -> None:
    """Show one campaign and what became of its messages."""
    from dataclasses import asdict

    from overflight.views.campaigns import campaign_facts, show_campaign

    with context.database.reading() as reader:
        found = show_campaign(reader, key)
    if output_format == "json":
        console.print_json(found.facts())
        return
    facts = campaign_facts(found.stored)
    texts = facts.pop("texts")
    facts["messages"] = asdict(found.messages)
    console.print_facts((name, cell(value)) for name, value in facts.items())
    for language, text in texts.items():
        console.print_line(f"[{language}] {text['subject']}\n{text['text']}")


@campaign.command(epilog=example("campaign approve singles-day --by 'Mei Lin'"))
@click.argument("key")
@click.option("--by", "actor", help="Who approves it.  [default: your login name]")
@click.pass_obj
def approve(context: "Context", key: str, actor: str | None) -> None:
    """Approve the present version; it is written down who did."""
    import getpass

    try:
        _move(context, key, "approve", getpass.getuser() if actor is None else actor)
    except (KeyError, ImportError):  # a process whose user has no name
        raise click.UsageError("who approves it? Add --by NAME") from None


@campaign.command(epilog=example("campaign arm singles-day"))
@click.argument("key")
@click.pass_obj
def arm(context: "Context", key: str) -> None:
    """Allow an approved campaign to send."""
    from messaging.campaigns.store import find_campaign
    from overflight.wiring import require_ready_to_arm, require_real_satellites
    from tle import elements_in_force

    with context.database.reading() as reader:
        stored = find_campaign(reader, key)
        in_force = elements_in_force(reader, stored.campaign.satellites, now=context.now())
    require_ready_to_arm(stored, context.settings)
    require_real_satellites(stored, in_force)
    _move(context, key, "arm")


@campaign.command(epilog=example("campaign pause singles-day"))
@click.argument("key")
@click.pass_obj
def pause(context: "Context", key: str) -> None:
    """Hold everything that is not sent yet; works while no daemon runs, too."""
    _move(context, key, "pause")


@campaign.command(epilog=example("campaign resume singles-day"))
@click.argument("key")
@click.pass_obj
def resume(context: "Context", key: str) -> None:
    """Send on what is still inside its window."""
    _move(context, key, "resume")


@campaign.command(epilog=example("campaign stop singles-day"))
@click.argument("key")
@click.pass_obj
def stop(context: "Context", key: str) -> None:
    """End a campaign permanently; what was waiting is cancelled."""
    _move(context, key, "stop")


def _move(context: "Context", key: str, verb: str, actor: str = "") -> None:
    from messaging.steering import move

    before, after = move(context.database, key, verb, actor=actor, now=context.now())
    console.print_line(f"{key}: {before.state} -> {after.state}")
    console.say(NEXT[after.state].format(key=key))
