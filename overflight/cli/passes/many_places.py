"""``overflight passes --places``: the passes over each place of a file, in any amount."""

import sys
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from overflight import console
from overflight.cli.passes.options import Options, asked, given_elements, warn_of_refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from orbit.errors import PropagationError
    from overflight.cli.context import Context
    from overflight.preview.many_places import PlaceBatch
    from overflight.preview.query import PassQuery

FORMATS = ("csv", "json", "jsonl", "npz", "parquet")
COLUMN_FORMATS = ("npz", "parquet")
QUIET_S = 1.0  # shorter work needs no progress bar
# Size of a batch: what fits into 500 MB as columns, and as rows, which are written more slowly,
# what takes a second or two.
COLUMN_PLACE_DAYS, TEXT_PLACE_DAYS = 70_000, 7_000
MASKED_PLACE_DAYS = 500  # what is hidden takes longer to find than anything to write


def find_over_places(context: "Context", options: Options, now: "datetime") -> int:
    """Find and write the passes; return the exit code."""
    from overflight.preview.histories import learn_uncertainties
    from overflight.preview.many_places import place_batches
    from overflight.preview.places_file import read_places
    from overflight.preview.query import PassQuery, choose_satellites, propagate_each

    output_format = _output_format(options)
    _keep_what_is_read(options)
    query = PassQuery(**asked(options, now))
    file = given_elements(options.elements_file)
    database = context.stored
    chosen, notes = choose_satellites(
        query,
        followed=context.settings.satellites,
        file=file,
        database=database,
        now=now,
    )
    uncertainties = learn_uncertainties(chosen, file=file, database=database, now=now)
    places = read_places(str(options.places_file))
    failures: list[PropagationError] = []
    usable = [each.element_set for each in propagate_each(chosen, query, failures, {})]
    warn_of_refused(file)
    for note in (*notes, *failures):
        console.say(str(note))
    batches = place_batches(
        usable,
        places,
        query,
        place_days=_place_days(query, output_format),
        uncertainties=uncertainties,
    )
    watched = sys.stderr.isatty() and (options.output is not None or not sys.stdout.isatty())
    followed = _followed(batches, total=len(places)) if watched else batches
    count = _write(followed, output_format, options.output, context.settings.privacy.grid_deg)
    where = f"; written to {options.output}" if options.output else ""
    if where or not count:
        console.say(
            f"{count or 'no'} pass{'es' * (count != 1)} over "
            f"{len(places)} place{'s' * (len(places) != 1)}{where}"
        )
    return 1 if file and file.parsed.refusals else 0


def _output_format(options: Options) -> str:
    """Return the format that is asked for, or follows from the ending of the output's name.

    Raises:
        UsageError: options contradict each other, or no format follows.
    """
    if options.place or options.latitude_deg is not None or options.longitude_deg is not None:
        raise click.UsageError("expected one place or --places FILE, got both; leave one")
    if options.height_m is not None:
        raise click.UsageError("--height is for one place; --places FILE has a column height")
    if not options.places_file:
        raise click.UsageError("--places: expected a file, or - for standard input, got nothing")
    if options.places_file == options.elements_file == "-":
        raise click.UsageError("--places and --elements cannot both be standard input; name a file")
    if options.output in {"", "-"}:
        raise click.UsageError(
            f"--output: expected a file, got '{options.output}'; without --output, text goes to "
            "standard output"
        )
    output_format = options.output_format
    source = click.get_current_context().get_parameter_source("output_format")
    if source is ParameterSource.DEFAULT:
        output_format = Path(options.output).suffix[1:].lower() if options.output else "csv"
    if output_format not in FORMATS:
        got = f"--output {options.output}" if options.output else f"--format {output_format}"
        raise click.UsageError(
            f"which format for --places? Expected --format {', '.join(FORMATS)}, or an --output "
            f"that ends like one, got {got}"
        )
    if output_format in COLUMN_FORMATS and not options.output:
        raise click.UsageError(f"--format {output_format} needs a file: --output FILE")
    return output_format


def _place_days(query: "PassQuery", output_format: str) -> int:
    if query.horizon_mask is not None:
        return MASKED_PLACE_DAYS
    return COLUMN_PLACE_DAYS if output_format in COLUMN_FORMATS else TEXT_PLACE_DAYS


def _keep_what_is_read(options: Options) -> None:
    """Refuse an output that would replace one of the inputs."""
    inputs = {
        "--places": options.places_file,
        "--elements": options.elements_file,
        "--mask": options.mask_file,
    }
    output = Path(options.output or "")
    for option, name in inputs.items():
        if name and output.is_file() and Path(name).is_file() and output.samefile(name):
            raise click.UsageError(f"--output: {output} is the file of {option}; name another")


def _write(
    batches: "Iterable[PlaceBatch]", output_format: str, output: str | None, grid_deg: float
) -> int:
    """Write the passes to a file, or as text to stdout; return how many there are."""
    from overflight.files import whole_file
    from overflight.preview.column_files import COLUMN_WRITERS
    from overflight.preview.many_places import batch_columns, batch_rows
    from overflight.preview.text_files import TEXT_WRITERS

    rows = (batch_rows(batch, grid_deg=grid_deg) for batch in batches)
    if output is None:
        return TEXT_WRITERS[output_format](sys.stdout, rows)
    with whole_file(Path(output)) as path:
        if output_format in COLUMN_WRITERS:
            return COLUMN_WRITERS[output_format](path, map(batch_columns, batches))
        with path.open("w", encoding="utf-8", newline="") as out:
            return TEXT_WRITERS[output_format](out, rows)


def _followed(batches: "Iterable[PlaceBatch]", *, total: int) -> "Iterator[PlaceBatch]":
    """Pass the batches on, and once that takes its time, show how many places are done."""
    started, done = monotonic(), 0
    bar: Any = None
    with ExitStack() as stack:
        for batch in batches:
            yield batch
            done += len(batch.places)
            if bar is None and monotonic() - started > QUIET_S:
                bar = stack.enter_context(console.progress())
                task = bar.add_task("places", total=total)
            if bar:
                bar.update(task, completed=done)
