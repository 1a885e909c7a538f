"""What a person sees: data on stdout, talk on stderr."""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from overflight.json_text import json_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


def print_line(line: str) -> None:
    """Write one line of data."""
    sys.stdout.write(line + "\n")


def print_json(value: object) -> None:
    """Write a value as JSON, as ``json_text`` does."""
    print_line(json_text(value, indent=2))


def say(text: str) -> None:
    """Tell the person something that is not data."""
    sys.stderr.write(text + "\n")


def warn(text: str) -> None:
    """Tell the person about something to look at."""
    say(f"warning: {text}")


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Draw a table; columns that hold numbers stand on the right.

    By hand, because importing and running rich for it takes a third of a preview's time.
    """
    cells = [list(headers), *(list(row) for row in rows)]
    numeric = [all(map(_is_numeric, column)) for column in zip(*cells[1:], strict=True)]
    lines = _aligned(cells, numeric or [False] * len(headers))
    print_line(lines[0])
    print_line("─" * max(_width(line) for line in lines))
    for line in lines[1:]:
        print_line(line)


def print_facts(rows: Iterable[tuple[str, str]]) -> None:
    """Draw names and values, without a header."""
    for line in _aligned([list(row) for row in rows], [False, False]):
        print_line(line)


def _aligned(cells: Sequence[Sequence[str]], to_the_right: Sequence[bool]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        padded = (
            " " * (width - _width(cell)) + cell if right else cell + " " * (width - _width(cell))
            for cell, width, right in zip(row, widths, to_the_right, strict=True)
        )
        lines.append("  ".join(padded).rstrip())
    return lines


def _width(text: str) -> int:
    """Return how many columns a text takes on a terminal; Chinese characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - see print_table

    return cell_len(text)


def _is_numeric(cell: str) -> bool:
    return cell.strip("+-−°% kms.,0123456789") == ""


def screen() -> "Console":
    """Return a rich console for talk."""
    from rich.console import Console  # noqa: PLC0415 - half of a cold start

    return Console(stderr=True, highlight=False)


def progress() -> "Progress":
    """Return a progress display on stderr, silent where nobody watches."""
    from rich import progress as bars  # noqa: PLC0415 - see screen

    return bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeRemainingColumn(),
        console=screen(),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
