"""What the classes of the settings say about each key: its type, its words, its variable."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from overflight.settings.values import Place, Secret

__all__ = [
    "FILE_ONLY",
    "PREFIX",
    "expected",
    "kind_of",
    "leaves",
    "meta_of",
    "public",
    "variable_of",
    "written",
]

FILE_ONLY = "places."
PREFIX = "OVERFLIGHT_"

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


def kind_of(entry: FieldInfo) -> object:
    """Return the type of a key without its annotations."""
    return get_args(entry.type)[0]


def meta_of(annotation: object) -> dict[str, Any]:
    """Return what the annotations of a type say."""
    names = ("description", "examples", "extra", "ge", "le", "min_length", "pattern")
    said = ((name, getattr(meta, name)) for meta in get_args(annotation)[1:] for name in names)
    return {name: value for name, value in said if value is not None}


def expected(annotation: object) -> str:
    """Say in words what a key takes."""
    kind, meta = get_args(annotation)[0], meta_of(annotation)
    if "extra" in meta:
        return str(meta["extra"]["expected"])
    if kind in (int, float):
        return f"a {'whole ' if kind is int else ''}number from {meta['ge']} to {meta['le']}"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    not_empty = ", not empty" if "min_length" in meta else ""
    if get_origin(kind) is tuple:
        return f"a list{not_empty}, each item {expected(get_args(kind)[0])}"
    return f"{'one line of ' if 'pattern' in meta else ''}text{not_empty}"


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
