"""``overflight tle load``: element sets from files into the store."""

from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example
from tle import LoadStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overflight.cli.context import Context
    from tle import ElementSet, Loaded, Parsed

PLANNED_ANEW = "the daemon plans waiting messages anew; without it: overflight plan"
_MOST_LINES = 20  # of a longer list each status is counted


@click.command(
    epilog=example("tle load stations.txt", "tle load - < gp.json", "tle load --force old.tle")
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...|-")
@click.option("--strict", is_flag=True, help="Load nothing of a file in which a set is refused.")
@click.option("--force", is_flag=True,
              help="Put older sets in force, too, until newer ones come.")  # fmt: skip
@click.pass_obj
def load(context: "Context", files: tuple[str, ...], strict: bool, force: bool) -> int:
    """Load element sets from files: TLE, 3LE, OMM as JSON, CSV, XML or KVN, told apart by content.

    Good sets among bad ones are kept; then the exit code is 1. Each set is compared with the one in
    force before it takes over: an absurd one is quarantined (overflight tle accept overrides).
    """
    from tle import load_elements

    failed = 0
    for path in files:
        parsed = read_or_refuse(path)
        if parsed is None:
            failed += 1
            continue
        failed += len(parsed.refusals)
        if strict and parsed.refusals:
            console.say(f"{path}: nothing loaded, because --strict was given")
            continue
        loaded = load_elements(
            context.database, parsed.sets, source=path, now=context.now(), force=force
        )
        failed += tell_loaded(loaded)
    return 1 if failed else 0


def read_or_refuse(path: str) -> "Parsed | None":
    """Read a file and report the sets that are refused; None if nothing in it can be used."""
    from overflight.element_files import read_element_file
    from tle import NotElements

    try:
        parsed = read_element_file(path).parsed
    except (NotElements, OSError) as error:
        reason = f"{path}: {error.strerror}" if isinstance(error, OSError) else str(error)
        console.say(f"refused: {reason}")
        return None
    say_refused(parsed, path)
    return parsed


def say_refused(parsed: "Parsed", source: str) -> None:
    """Tell which sets were refused, each with its line and the reason."""
    for refusal in parsed.refusals:
        label = f"{refusal.norad_id or '?'} {refusal.name}".strip()
        console.say(f"refused: {label}: {source}, line {refusal.line}: {refusal.reason}")


def tell_loaded(loaded: "Iterable[Loaded]") -> int:
    """Tell what became of each set, or how many became what; return how many are quarantined."""
    from collections import Counter

    told = list(loaded)
    if len(told) <= _MOST_LINES:
        for one in told:
            console.print_line(_line(one))
    else:
        counts = Counter(one.status for one in told)
        said = ", ".join(f"{count:,} {_PLURAL[status]}" for status, count in counts.items())
        console.print_line(f"{len(told):,} sets: {said}")
    for one in told:
        if one.judgement is not None and one.judgement.reason:
            _warn(one)
    return sum(one.status is LoadStatus.QUARANTINED for one in told)


_PLURAL = {
    LoadStatus.ADDED: "in force now",
    LoadStatus.OLDER: "older than the ones in force",
    LoadStatus.PENDING: "pending until their epoch",
    LoadStatus.QUARANTINED: "quarantined",
    LoadStatus.NAMED: "stored before without a name, now named",
    LoadStatus.UNCHANGED: "unchanged",
}


def _line(loaded: "Loaded") -> str:
    element_set = loaded.element_set
    in_force = f"{loaded.in_force_epoch:%Y-%m-%dT%H:%MZ}" if loaded.in_force_epoch else "none"
    what = {
        LoadStatus.ADDED: "added",
        LoadStatus.OLDER: f"older than the one in force ({in_force})",
        LoadStatus.PENDING: "pending until a day before its epoch",
        LoadStatus.QUARANTINED: f"quarantined; in force stays {in_force}",
        LoadStatus.NAMED: "stored before without a name, now named",
        LoadStatus.UNCHANGED: "unchanged",
    }[loaded.status]
    return f"{label(element_set)}, {what}"


def label(element_set: "ElementSet") -> str:
    """Return number, name and epoch of a set, to begin a line with."""
    epoch = f"{element_set.epoch:%Y-%m-%dT%H:%M:%SZ}"
    return f"{element_set.norad_id} {element_set.name or '-'}: epoch {epoch}"


def _warn(loaded: "Loaded") -> None:
    judgement = loaded.judgement
    if judgement is None:
        return
    number, status = loaded.element_set.norad_id, loaded.status
    if status is LoadStatus.QUARANTINED:
        advice = (
            f"look at it: overflight tle diff {number}; overrule: overflight tle accept {number}"
        )
        console.warn(f"{number}: {judgement.reason}; {advice}")
    elif status is LoadStatus.ADDED:
        console.warn(f"{number}: {judgement.reason}; it is in force: {PLANNED_ANEW}")
