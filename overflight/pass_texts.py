"""Passes as text: CSV, JSON and JSON lines, written as they come."""

import csv
import json
from collections.abc import Iterable, Sequence
from typing import TextIO

from orbit.rows import CSV_COLUMNS, Pass

__all__ = ["TEXT_WRITERS"]


def write_csv(out: TextIO, batches: Iterable[Sequence[Pass]]) -> int:
    """Write a header and a line for each pass; return how many passes there were."""
    writer = csv.DictWriter(out, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    count = 0
    for batch in batches:
        writer.writerows(pass_.to_cells() for pass_ in batch)
        count += len(batch)
    return count


def write_json(out: TextIO, batches: Iterable[Sequence[Pass]]) -> int:
    """Write one array, a pass on each line of it; return how many passes there were."""
    count = 0
    for batch in batches:
        for pass_ in batch:
            out.write(",\n" if count else "[\n")
            out.write(json.dumps(pass_.to_json(), ensure_ascii=False))
            count += 1
    out.write("\n]\n" if count else "[]\n")
    return count


def write_jsonl(out: TextIO, batches: Iterable[Sequence[Pass]]) -> int:
    """Write an object on each line; return how many passes there were."""
    count = 0
    for batch in batches:
        out.writelines(json.dumps(pass_.to_json(), ensure_ascii=False) + "\n" for pass_ in batch)
        count += len(batch)
    return count


TEXT_WRITERS = {"csv": write_csv, "json": write_json, "jsonl": write_jsonl}
