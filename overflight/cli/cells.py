"""Values as cells of tables that people read."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tle.times import iso_z


def cell(value: object) -> str:
    """Return a value as text on one line; what is absent within a mapping is left out."""
    if isinstance(value, datetime):
        return iso_z(value)
    if isinstance(value, Mapping):
        present = {key: inner for key, inner in value.items() if inner not in (None, {})}
        return ", ".join(f"{key} {cell(inner)}" for key, inner in present.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(cell, value))
    return str(value)
