"""``overflight tle backtest``: how far predictions were off, and whether we had said so."""

from collections import defaultdict
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from overflight.cli.context import Context
    from tle import ElementSet
    from tle.motion.backtest import AgeRow, Backtest, Origin

    Histories = Mapping[int, Sequence[ElementSet]]

HEADERS = (
    "age", "quiet", "median", "90 %", "largest", "predicted", "held",
    "all", "median", "90 %", "largest", "held",
)  # fmt: skip
LEGEND = (
    "Drift along the track, s: of pairs of sets with no manoeuvre between (quiet), and of all. "
    "Predicted: the median half-width of 90 %, of quiet pairs. Held: how many drifts were within "
    "their own."
)
NEEDED = "it takes two element sets or more; load some, or name a FILE that holds them"
LISTED = 8  # manoeuvres; of more only the number is told


@click.command(
    epilog=example(
        "tle backtest iss-2026.txt",
        "tle backtest gp-*.csv -s 25544 --json",
        "tle backtest -s iss",
    )
)
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option("-s", "--satellite", "satellites", multiple=True, help="Number, name or alias.")
@format_option("table", "json")
@click.pass_obj
def backtest(
    context: "Context", files: tuple[str, ...], satellites: tuple[str, ...], output_format: str
) -> int:
    """Hold predicted uncertainty against actual drift, by the age of the elements.

    FILE holds a history: many element sets of one satellite, or of several. Without one, the
    stored history is used. From each set it is predicted how far off later times may be, with
    what was known then, and compared with the sets that came. A span is quiet if no manoeuvre
    shows in it. Synthetic sets do not count.

    What cannot be used is told, and the exit code is 1.
    """
    from tle.motion.backtest import backtest as run

    histories, failed = (
        _of_files(files, satellites) if files else (_of_store(context, satellites), 0)
    )
    with console.progress() as bar:

        def follow(origins: "Sequence[Origin]") -> "Iterable[Origin]":
            return bar.track(origins, description="predictions")

        result = run(histories, follow=follow)
    if satellites:
        failed += _say_short(histories, result)
    if all(each.sets == 1 for each in result.histories):
        console.say(f"no satellite has a history: {NEEDED}")
        return 1
    if output_format == "json":
        console.print_json(result)
    else:
        _print(result)
    return 1 if failed else 0


# --- of what --------------------------------------------------------------------------------------


def _of_files(files: tuple[str, ...], satellites: tuple[str, ...]) -> "tuple[Histories, int]":
    """Return the histories in some files, and how many files and sets cannot be used."""
    from overflight.cli.tle.load import read_or_refuse
    from tle import select_satellite

    histories: defaultdict[int, list[ElementSet]] = defaultdict(list)
    failed = 0
    for path in files:
        parsed = read_or_refuse(path)
        if parsed is None:
            failed += 1
            continue
        for element_set, _ in parsed.sets:
            histories[element_set.norad_id].append(element_set)
        failed += len(parsed.refusals)
    names = [(number, each.name) for number, sets in histories.items() for each in sets]
    wanted = [select_satellite(query, names) for query in satellites] or list(histories)
    return {number: histories.get(number, []) for number in wanted}, failed


def _of_store(context: "Context", satellites: tuple[str, ...]) -> "Histories":
    from tle import recent_history, select_satellite
    from tle.versions.adoption import current_ids
    from tle.versions.in_force import in_force, satellite_names

    if not context.has_database:
        return {select_satellite(query, []): [] for query in satellites}
    now = context.now()
    with context.database.reading() as reader:
        if satellites:
            names = satellite_names(reader)
            named = [select_satellite(query, names) for query in satellites]
            wanted = list(current_ids(reader, named).values())
        else:
            wanted = sorted(in_force(reader, now=now))
        return {number: recent_history(reader, number, now=now, days=None) for number in wanted}


def _say_short(histories: "Histories", result: "Backtest") -> int:
    """Tell which satellites have no history to speak of; return how many."""
    known = {each.norad_id: each for each in result.histories}
    short = [number for number in histories if number not in known or known[number].sets == 1]
    for number in short:
        label = f"{number} {known[number].name}".strip() if number in known else str(number)
        count = "one element set" if number in known else "no real element set"
        console.say(f"{label} has {count}")
    return len(short)


# --- what is shown --------------------------------------------------------------------------------


def _print(result: "Backtest") -> None:
    tested = [each for each in result.histories if each.sets > 1]
    count, sets = len(tested), sum(each.sets for each in tested)
    dates = sorted(date for each in tested for date in each.manoeuvres)
    seen = f"{len(dates)} manoeuvre{'s' * (len(dates) != 1)} seen"
    if 0 < len(dates) <= LISTED:
        seen += ", by " + ", ".join(f"{date:%Y-%m-%d}" for date in dates)
    console.print_line(f"{sets} element sets of {count} satellite{'s' * (count != 1)}; {seen}")
    console.print_table(HEADERS, [_cells(row) for row in result.ages])
    console.say(LEGEND)


def _cells(row: "AgeRow") -> tuple[str, ...]:
    quiet, everything = row.quiet, row.all
    return (
        f"{row.age_days:g} d",
        str(quiet.pairs),
        *map(_seconds, (quiet.median_s, quiet.p90_s, quiet.max_s, quiet.half_width_s)),
        _share(quiet.covered),
        str(everything.pairs),
        *map(_seconds, (everything.median_s, everything.p90_s, everything.max_s)),
        _share(everything.covered),
    )


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 1.0 else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
