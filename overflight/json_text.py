"""Values as JSON: dataclasses by their fields, times as ISO 8601 with milliseconds and Z."""

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tle.times import iso_z


def json_text(value: object, *, indent: int | None = None) -> str:
    """Return a value as JSON, on one line unless it is indented.

    Args:
        value: plain data, with dataclasses, enums of texts, aware times in UTC and paths anywhere
            in it.
        indent: spaces by which each level is indented.
    """
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever json does not know
    if isinstance(value, datetime):
        return iso_z(value)
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"expected plain data, got {type(value).__name__}")
