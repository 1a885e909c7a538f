"""``overflight tle backtest``: how far predictions were off, and whether we had said so."""

from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from overflight.backtest import AgeRow, Origin
    from overflight.cli.root import Context
    from tle import ElementSet

Histories = dict[int, "list[ElementSet]"]

HEADERS = (
    "age", "pairs", "quiet", "median", "90 %", "largest", "predicted", "held", "held, all",
)  # fmt: skip
LEGEND = (
    "Drift along the track, s, in quiet spans; predicted: the median half-width of 90 %; "
    "held: how many quiet drifts, and how many of all, were within theirs."
)
EVER_DAYS = 60_000.0  # more than there have been satellites


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
    shows in it.
    """
    from overflight.backtest import backtest as run

    histories = _of_files(files) if files else _of_store(context)
    histories = _chosen(histories, satellites)
    tested = [sets for sets in histories.values() if len(sets) > 1]
    if not tested:
        console.say("no satellite has two element sets or more; a history needs some: name a FILE")
        return 1
    with console.progress() as bar:

        def follow(origins: "Sequence[Origin]") -> "Iterable[Origin]":
            return bar.track(origins, description="predictions")

        rows = run(histories, follow=follow)
    if output_format == "json":
        from dataclasses import asdict

        console.print_json([asdict(row) for row in rows])
        return 0
    count, sets = len(tested), sum(map(len, tested))
    console.print_line(f"{sets} element sets of {count} satellite{'s' * (count != 1)}")
    console.print_table(HEADERS, [_cells(row) for row in rows])
    console.say(LEGEND)
    return 0


def _of_files(files: tuple[str, ...]) -> Histories:
    from overflight.element_files import read_elements

    histories: Histories = {}
    for path in files:
        parsed = read_elements(path)
        for element_set, _ in parsed.sets:
            histories.setdefault(element_set.norad_id, []).append(element_set)
        for refusal in parsed.refusals:
            console.warn(f"{path}, line {refusal.line}: {refusal.reason}")
    return histories


def _of_store(context: "Context") -> Histories:
    from tle import elements_in_force, recent_history

    if not context.has_database:
        return {}
    now = context.now()
    with context.database.reading() as reader:
        numbers = [each.norad_id for each in elements_in_force(reader, now=now)]
        return {
            number: recent_history(reader, number, now=now, days=EVER_DAYS) for number in numbers
        }


def _chosen(histories: Histories, satellites: tuple[str, ...]) -> Histories:
    from tle import select_satellites

    names = [(number, each.name) for number, sets in histories.items() for each in sets[-1:]]
    wanted = [select_satellites(query, names) for query in satellites] or histories
    return {number: histories.get(number, []) for number in wanted}


def _cells(row: "AgeRow") -> tuple[str, ...]:
    quiet, everything = row.quiet, row.all
    return (
        f"{row.age_days:g} d",
        str(everything.pairs),
        str(quiet.pairs),
        *map(_seconds, (quiet.median_s, quiet.p90_s, quiet.max_s, row.half_width_s)),
        *map(_share, (quiet.covered, everything.covered)),
    )


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 1.0 else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
