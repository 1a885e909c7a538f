"""The settings for people: the rows of ``config show`` and the file of ``config init``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from messaging.toml_tables import expected, kind_of, meta_of
from overflight.settings.keys import (
    FILE_ONLY,
    leaves,
    public,
    variable_of,
    written,
)
from overflight.settings.values import Document, Place, Secret, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of ``config show``."""

    key: str
    value: object
    """A plain value; passwords are hidden."""
    origin: str
    variable: str
    """The environment variable that sets it; empty where only the file may."""
    help: str


def describe(settings: Settings) -> list[Setting]:
    """Return every setting with its value and origin, in the order of the file."""
    return [
        Setting(
            key=key,
            value=public(value),
            origin=settings.origins[key],
            variable=variable_of(key),
            help=meta_of(entry.type)["description"],
        )
        for key, entry, value in leaves(Document, settings)
    ]


def example_settings() -> str:
    """Return an overflight.toml that explains every key and, as it stands, changes none."""
    lines = [
        '# Settings of Overflight. Each key shows its default; remove "#" to change it.',
        "# --set beats an environment variable, which beats this file, which beats the default.",
        *_example_keys(Document, ""),
    ]
    for entry in fields(Document):
        if isinstance(entry.default, Struct):
            kind = type(entry.default)
            lines += ["", f"# {kind.__doc__}", f"[{entry.encode_name}]"]
            lines += _example_keys(kind, f"{entry.encode_name}.")
    lines += ["", f"# {Place.__doc__}", f"#[{FILE_ONLY}home]", *_example_keys(Place, FILE_ONLY)]
    return "\n".join(lines) + "\n"


def _example_keys(kind: type[Struct], prefix: str) -> Iterator[str]:
    for entry in fields(kind):
        if get_origin(entry.type) is not Annotated:
            continue
        help_text = meta_of(entry.type)["description"]
        variable = variable_of(prefix + entry.encode_name)
        yield ""
        if kind_of(entry.type) is Secret:
            yield f"# {entry.encode_name}: {help_text} Set {variable}."
            continue
        default = entry.default
        value = meta_of(entry.type)["examples"][0] if default is msgspec.NODEFAULT else default
        yield f"# {help_text}"
        yield f"# Takes {expected(entry.type)}{f'; {variable}' if variable else ''}."
        yield f"#{entry.encode_name} = {written(value)}"
