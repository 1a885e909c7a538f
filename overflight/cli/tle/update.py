"""``overflight tle update``: element sets from providers on the network and from watched files."""

import sys
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example
from tle.sources.providers import PROVIDERS
from tle.sources.watched import NAME as FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from overflight.cli.context import Context
    from tle.sources.asking import Query
    from tle.sources.update import Update


@click.command(
    epilog=example(
        "tle update",
        "tle update hubble 43013",
        "tle update --group stations",
        "tle update --source file",
    )
)
@click.argument("satellites", nargs=-1, metavar="[SATELLITE...]")
@click.option("--source", type=click.Choice((*PROVIDERS, FILE)),
              help="Where from.  [default: those of elements.sources]")  # fmt: skip
@click.option("--group", "groups", multiple=True, help="A group of CelesTrak, such as stations.")
@click.option("--name", "names", multiple=True, help="All whose name CelesTrak finds to hold this.")
@click.pass_obj
def update(
    context: "Context",
    satellites: tuple[str, ...],
    source: str | None,
    groups: tuple[str, ...],
    names: tuple[str, ...],
) -> int:
    """Fetch element sets: of some satellites, or of those followed and those of campaigns.

    A provider is not asked the same again too soon (CelesTrak: two hours, Space-Track: one), not
    even by several processes or after a restart; then this says when it may be. --source file loads
    the files and folders of elements.files. The exit code is 1 if something went wrong.
    """
    if source == FILE:
        if satellites or groups or names:
            raise click.UsageError("--source file loads whole files; leave the rest out")
        return _load_files(context)
    providers = (source,) if source else context.settings.elements.sources
    if not context.settings.elements.sources:
        console.say("the network is not used: elements.sources is empty; name one there")
        return 1
    if source is None and (groups or names):  # the others are asked by number only
        providers = tuple(name for name in providers if PROVIDERS[name].has_groups) or providers
    if satellites or groups or names:
        queries = dict.fromkeys(providers, _queries(context, satellites, groups, names))
    else:
        queries = _followed(context, providers)
    if not any(queries.values()):
        console.say("nothing to ask for: nothing that is followed flies yet; name what does")
        return 1
    return 1 if sum(ask(context, name, each) for name, each in queries.items()) else 0


def ask(context: "Context", provider: str, queries: "Sequence[Query]") -> int:
    """Ask a provider; return how many queries went wrong."""
    from overflight.wiring import open_source
    from tle.sources.update import update_elements

    source = open_source(provider, context.settings)
    if sys.stderr.isatty():
        console.say(f"asking {provider} ...")
    return _tell(update_elements(context.database, source, queries, clock=context.now))


def _load_files(context: "Context") -> int:
    from tle.sources.watched import WatchedFiles

    paths = context.settings.element_files
    if not paths:
        console.say("no files are watched; name files or folders in elements.files")
        return 1
    watched = WatchedFiles(paths, settled_s=0)  # there is no next look
    return 1 if _tell(watched.update(context.database, now=context.now())) else 0


def _tell(updates: "Iterable[Update]") -> int:
    """Print what came of each query, as it happens; return how many went wrong."""
    from overflight.cli.tle.load import say_refused, tell_loaded
    from overflight.wiring import login_variables
    from tle import Parsed
    from tle.sources.asking import RequestResult

    failed = 0
    for each in updates:
        label = each.query if each.source == FILE else f"{each.source} {each.query}"
        note = f": {each.note}" if each.note else ""
        if each.result is RequestResult.STOPPED:
            resume = f"overflight tle sources --resume {each.source}"
            login = login_variables(PROVIDERS[each.source])
            note += f" (its login: {login})" if login else ""
            note += f"; when that is put right: {resume}"
        (console.print_line if each.is_good else console.say)(f"{label}: {each.result.value}{note}")
        say_refused(Parsed(sets=[], refusals=each.refusals), label)
        quarantined = tell_loaded(each.loaded)
        failed += bool(quarantined) or not each.is_good
    return failed


def _followed(context: "Context", providers: "Sequence[str]") -> "dict[str, list[Query]]":
    """Return what the daemon asks each provider for."""
    from messaging.followed import followed_satellites
    from overflight.wiring import group_queries
    from tle.sources.asking import BySatellites

    with context.database.reading() as reader:
        numbers = followed_satellites(reader, context.settings.satellites, now=context.now())
    satellites: list[Query] = [BySatellites(numbers)] if numbers else []
    groups = group_queries(context.settings)
    return {name: [*satellites, *groups.get(name, ())] for name in providers}


def _queries(
    context: "Context",
    satellites: "Sequence[str]",
    groups: "Sequence[str]",
    names: "Sequence[str]",
) -> "list[Query]":
    from tle import elements_in_force, select_satellite
    from tle.sources.asking import ByGroup, ByName, BySatellites

    queries: list[Query] = [*map(ByGroup, groups), *map(ByName, names)]
    if satellites:
        with context.database.reading() as reader:
            in_force = elements_in_force(reader, now=context.now())
        known = [(each.norad_id, each.name) for each in in_force]
        numbers = tuple(select_satellite(each, known) for each in satellites)
        queries.append(BySatellites(numbers))
    return queries
