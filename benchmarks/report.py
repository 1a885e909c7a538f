"""Results as Markdown that also reads well in a terminal, and as JSON."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.measuring import Result

RESULTS = Path(__file__).parent / "results"


def machine(libraries: Sequence[str]) -> dict[str, str]:
    """Return what the figures were measured on, and with which of the libraries that matter."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in libraries),
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")


def to_markdown(where: Mapping[str, str], results: Sequence[Result]) -> str:
    """Return all results as one page."""
    return "\n".join(_lines(where, results)) + "\n"


def _lines(where: Mapping[str, str], results: Sequence[Result]) -> Iterator[str]:
    yield from ("# Benchmarks", "")
    yield from (f"- {name}: {value}" for name, value in where.items())
    for result in results:
        yield from ("", f"## {result.title}", "")
        yield from _table(result)
        yield ""
        yield from (f"**{aim}**\n" for aim in result.aims)
        yield result.notes.rstrip()


def _table(result: Result) -> Iterator[str]:
    """Yield the rows of a Markdown table, padded so that it can be read as it is."""
    header = ("", *result.columns)
    rows = [
        (name, *map(format, figures, result.columns.values()))
        for name, figures in result.rows.items()
    ]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ("-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:]))
    for row in (header, rule, *rows):
        figures = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield f"| {' | '.join((row[0].ljust(widths[0]), *figures))} |"


def write(name: str, where: Mapping[str, str], results: Sequence[Result]) -> None:
    """Write ``results/NAME.json`` and ``results/NAME.md``."""
    RESULTS.mkdir(exist_ok=True)
    record = {"machine": where, "results": [_record(result) for result in results]}
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(to_markdown(where, results), encoding="utf-8")


def _record(result: Result) -> dict[str, object]:
    aims = [asdict(aim) | {"met": aim.met, "held": aim.held} for aim in result.aims]
    return asdict(result) | {"aims": aims}
