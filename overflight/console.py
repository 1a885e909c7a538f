"""What a person sees: data on stdout, talk on stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

PIPE_WIDTH = 160  # into a file or a pipe no table needs to fold

__all__ = [
    "print_facts",
    "print_json",
    "print_line",
    "print_table",
    "progress",
    "say",
    "screen",
    "warn",
]


def print_line(line: str) -> None:
    """Write one line of data."""
    sys.stdout.write(line + "\n")


def print_json(value: object) -> None:
    """Write a value as JSON."""
    print_line(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    """Tell the person something that is not data."""
    sys.stderr.write(text + "\n")


def warn(text: str) -> None:
    """Tell the person about something to look at."""
    say(f"warning: {text}")


def screen(*, stderr: bool = False) -> "Console":
    """Return a rich console on stdout, or on stderr for talk."""
    from rich.console import Console  # noqa: PLC0415 - half of a cold start; JSON never needs it

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(stderr=stderr, highlight=False, width=width)


def print_table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None
) -> None:
    """Draw a table; cells that look like numbers stand on the right."""
    from rich import box  # noqa: PLC0415 - see screen
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    cells = [[str(cell) for cell in row] for row in rows]
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.padding = (0, 1, 0, 0)
    for column, header in enumerate(headers):
        numeric = all(_is_numeric(row[column]) for row in cells)
        table.add_column(header, justify="right" if numeric and cells else "left", no_wrap=True)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    screen().print(table)


def print_facts(rows: Iterable[tuple[str, str]]) -> None:
    """Draw names and values, without a header."""
    from rich.table import Table  # noqa: PLC0415 - see screen
    from rich.text import Text  # noqa: PLC0415

    grid = Table.grid(padding=(0, 2))
    for name, value in rows:
        grid.add_row(Text(name, style="dim"), Text(value))
    screen().print(grid)


def _is_numeric(cell: str) -> bool:
    return cell.strip("+-−°% kms.,0123456789") == ""


def progress() -> "Progress":
    """Return a progress display on stderr, silent where nobody watches."""
    from rich import progress as bars  # noqa: PLC0415 - see screen

    return bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(),
        console=screen(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
