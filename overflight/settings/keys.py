"""The keys of the settings: all of them, the variable of each, and how values are written."""

import json
import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from overflight.settings.values import Place, Secret

FILE_ONLY = "places."
PREFIX = "OVERFLIGHT_"
RENAMED = {"plan.horizon_hours": "plan.hours_ahead"}
"""Keys by the names they once had: an old name is refused with the new one."""

_READABLE = 60
_PASSWORD_IN_URL = re.compile(r"(://[^/:@]*:).*(?=@)|(password=)[^&]*")


def leaves(
    kind: type[Struct], values: Struct, prefix: str = ""
) -> Iterator[tuple[str, FieldInfo, object]]:
    """Yield the dotted key, the declaration and the value of every setting, in the file's order."""
    for entry in fields(kind):
        key = prefix + entry.encode_name
        value = getattr(values, entry.name)
        if isinstance(value, Struct):
            yield from leaves(type(value), value, f"{key}.")
        elif isinstance(value, dict):
            for name, place in value.items():
                yield from leaves(Place, place, f"{key}.{name}.")
        else:
            yield key, entry, value


def variable_of(key: str) -> str:
    """Return the variable for a dotted key, or nothing where only the file may set it."""
    return "" if key.startswith(FILE_ONLY) else PREFIX + key.upper().replace(".", "_")


def written(value: object) -> str:
    """Write a value as TOML does, cut to a readable length."""
    if isinstance(value, float):
        return str(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _READABLE else text[: _READABLE - 3] + "..."


def public(value: object) -> object:
    """Return a plain value in which passwords are hidden."""
    if isinstance(value, Secret):
        return repr(value)
    if isinstance(value, str):
        return _PASSWORD_IN_URL.sub(r"\1\2***", value)
    return list(value) if isinstance(value, tuple) else value
