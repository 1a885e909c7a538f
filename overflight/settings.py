"""Settings: overflight.toml, environment and flags become one frozen value, checked whole.

A flag beats an environment variable, which beats the file, which beats the default. The classes
below are the only list of what can be set: their annotations give the type, the range and the help
text that the loader, ``config show`` and the example file all use.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

from overflight.errors import Problem, SettingsError

__all__ = [
    "FILE_NAME",
    "Place",
    "Secret",
    "Setting",
    "Settings",
    "SettingsError",
    "create_home",
    "describe",
    "example_settings",
    "find_home",
    "load_settings",
]

FILE_NAME = "overflight.toml"
HOME_VARIABLE = "OVERFLIGHT_HOME"
PREFIX = "OVERFLIGHT_"
FILE_ONLY = "places."
_READABLE = 60

# --- What can be set ----------------------------------------------------------------------------


class Secret:
    """A text that shows itself as ``***`` wherever it is printed."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***" if self._text else ""


# Most of these end up in a mail header or a path, where a line break is an attack. Surrogates are
# what Python makes of bytes in the environment that are not UTF-8.
_Line = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f\ud800-\udfff]*\Z")]
_Name = Annotated[_Line, Meta(min_length=1)]
_CatalogNumber = Annotated[int, Meta(ge=1, le=999_999_999)]


class _Section(Struct, frozen=True, forbid_unknown_fields=True):
    """What all sections are; ``kw_only`` is said by each because msgspec does not inherit it."""


class Place(_Section, frozen=True, kw_only=True):
    """A place of your own, called by the name after the dot; only the file can hold it."""

    latitude_deg: Annotated[
        float,
        Meta(ge=-90, le=90, examples=[48.14], description="Degrees north; south is negative."),
    ] = msgspec.field(name="latitude")
    longitude_deg: Annotated[
        float,
        Meta(ge=-180, le=180, examples=[11.58], description="Degrees east; west is negative."),
    ] = msgspec.field(name="longitude")
    height_m: Annotated[
        float, Meta(ge=-500, le=100_000, description="Metres above the WGS84 ellipsoid.")
    ] = msgspec.field(name="height", default=0.0)
    time_zone: Annotated[
        _Line, Meta(description="IANA name such as Europe/Berlin; empty: found by the position.")
    ] = ""


class Privacy(_Section, frozen=True, kw_only=True):
    """How much is kept about people."""

    grid_deg: Annotated[
        float,
        Meta(ge=0.01, le=1, description="Degrees to which positions are rounded on import."),
    ] = 0.1


class Plan(_Section, frozen=True, kw_only=True):
    """When messages are planned."""

    horizon_hours: Annotated[int, Meta(ge=1, le=336, description="How many hours ahead.")] = 36
    interval_s: Annotated[
        int, Meta(ge=1, le=86_400, description="Seconds from one planning to the next.")
    ] = 300


class Dispatch(_Section, frozen=True, kw_only=True):
    """How planned messages leave the queue."""

    interval_s: Annotated[
        float,
        Meta(ge=0.01, le=60, description="Seconds from one look at the queue to the next."),
    ] = 0.5
    lease_s: Annotated[
        float,
        Meta(ge=0.5, le=3600, description="Seconds a worker that went silent keeps its messages."),
    ] = 25.0


class Elements(_Section, frozen=True, kw_only=True):
    """Where element sets come from and how old they may be."""

    files: Annotated[
        tuple[_Name, ...],
        Meta(description="Files the daemon watches; relative paths start in the home."),
    ] = ()
    check_interval_s: Annotated[
        int, Meta(ge=1, le=86_400, description="Seconds from one look at the files to the next.")
    ] = 30
    max_age_days: Annotated[
        float, Meta(ge=0.1, le=365, description="Days from its epoch that a set is used.")
    ] = 10.0


class File(_Section, frozen=True, kw_only=True):
    """The channel "file", which writes messages instead of sending them."""

    directory: Annotated[
        _Name, Meta(description="Where it writes; a relative path starts in the home.")
    ] = "outbox"


class Smtp(_Section, frozen=True, kw_only=True):
    """The channel "smtp"."""

    host: Annotated[_Name, Meta(description="The mail server.")] = "localhost"
    port: Annotated[
        int, Meta(ge=1, le=65_535, description="Usually 25, 587 (starttls) or 465 (tls).")
    ] = 25
    security: Annotated[
        Literal["none", "starttls", "tls"], Meta(description="How the connection is protected.")
    ] = "starttls"
    username: Annotated[_Line, Meta(description="Empty: no login.")] = ""
    password: Annotated[Secret, Meta(description="Taken from the environment only.")] = Secret()
    connections: Annotated[
        int, Meta(ge=1, le=100, description="Connections a worker keeps open.")
    ] = 4


class Sender(_Section, frozen=True, kw_only=True):
    """Who the messages come from; marketing by smtp needs all but from_name and reply_to."""

    from_address: Annotated[_Line, Meta(description="The address in From.")] = ""
    from_name: Annotated[_Line, Meta(description="The name in From.")] = ""
    reply_to: Annotated[_Line, Meta(description="Where answers go; empty: from_address.")] = ""
    postal_address: Annotated[
        str, Meta(description="Printed below each message; may have several lines.")
    ] = ""
    privacy_url: Annotated[_Line, Meta(description="Your privacy page.")] = ""
    unsubscribe: Annotated[
        _Line, Meta(description="A mailto: or https: address that ends the messages.")
    ] = ""


class _Document(_Section, frozen=True, kw_only=True):
    """What overflight.toml may say."""

    database: Annotated[
        _Line,
        Meta(description="URL such as postgresql://host/name; empty: an SQLite file in the home."),
    ] = ""
    default_place: Annotated[
        _Line, Meta(description="The place meant where a command is given none.")
    ] = ""
    satellites: Annotated[
        tuple[_CatalogNumber, ...],
        Meta(min_length=1, description="Catalog numbers of the satellites that are followed."),
    ] = (25544, 48274)
    privacy: Privacy = Privacy()
    plan: Plan = Plan()
    dispatch: Dispatch = Dispatch()
    elements: Elements = Elements()
    file: File = File()
    smtp: Smtp = Smtp()
    sender: Sender = Sender()
    places: Mapping[str, Place] = {}


class Settings(_Document, frozen=True, kw_only=True):
    """All settings, and where each came from."""

    home: Path
    origins: Mapping[str, str]
    """Dotted key -> ``default``, ``overflight.toml``, the name of a variable or of a flag."""

    @property
    def database_url(self) -> str:
        """The database in use."""
        return self.database or f"sqlite:///{self.home / 'overflight.sqlite3'}"

    @property
    def element_files(self) -> tuple[Path, ...]:
        """The watched element files, absolute."""
        return tuple(_path(self.home, name) for name in self.elements.files)

    @property
    def file_directory(self) -> Path:
        """Where the file channel writes, absolute."""
        return _path(self.home, self.file.directory)

    def __repr__(self) -> str:
        """Show the home only: a database URL may hold a password."""
        return f"Settings(home={str(self.home)!r})"


# --- The home -----------------------------------------------------------------------------------


def find_home(flag: str | Path | None, environ: Mapping[str, str]) -> Path:
    """Return the folder that holds everything: the flag, ``OVERFLIGHT_HOME`` or the user's own."""
    chosen = flag or environ.get(HOME_VARIABLE)
    if chosen:
        return _path(Path.cwd(), chosen)
    from platformdirs import user_data_path  # noqa: PLC0415 - only where no home is given

    return user_data_path("overflight", appauthor=False)


def create_home(home: Path) -> None:
    """Create the home, open to its owner only; one that exists keeps its permissions.

    Raises:
        SettingsError: it is no folder, or nothing can be written there.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        got = "a file"
    except OSError as error:
        got = error.strerror or str(error)
    else:
        if os.access(home, os.W_OK | os.X_OK):
            return
        got = "one that may not be written to"
    advice = f"choose another with --home or {HOME_VARIABLE}, or change its permissions"
    problem = Problem(origin=str(home), expected="a folder to keep data in", got=got, advice=advice)
    raise SettingsError(problem)


def _path(base: Path, name: str | Path) -> Path:
    """Return ``name`` below ``base`` unless it is absolute or starts with ``~``."""
    return base / os.path.expanduser(name)  # noqa: PTH111 - pathlib's raises for an unknown user


# --- Reading ------------------------------------------------------------------------------------


def load_settings(
    *, home: Path, environ: Mapping[str, str], flags: Mapping[str, object] | None = None
) -> Settings:
    """Read overflight.toml in ``home``, if it is there, and put the other sources over it.

    Args:
        home: the folder from ``find_home``; it need not exist.
        environ: the process environment; an empty variable counts as unset.
        flags: dotted key -> value from the command line; ``None`` counts as unset.

    Raises:
        SettingsError: with every problem found, not only the first.
    """
    path = home / FILE_NAME
    reader = _Reader(file=path, environ=environ, flags=flags or {})
    values = reader.section(_Document, _read(path))
    reader.refuse_unknown_variables()
    if reader.problems:
        raise SettingsError(*reader.problems)
    return msgspec.convert({**values, "home": home, "origins": reader.origins}, Settings)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"a byte that is not UTF-8 at offset {error.start}") from None
    import tomllib  # noqa: PLC0415 - 5 ms that a home without a file does not pay

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, f"bad syntax: {error}") from None


def _unreadable(path: Path, got: str) -> SettingsError:
    return SettingsError(Problem(origin=str(path), expected="a readable TOML file", got=got))


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Walks the sections once and gathers values, their origins and all problems."""

    file: Path
    environ: Mapping[str, str]
    flags: Mapping[str, object]
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def section(self, kind: type[Struct], given: object, prefix: str = "") -> dict[str, Any]:
        """Return the values of one section, below ``prefix`` in the file."""
        table = self._table(given, prefix)
        known = {entry.encode_name: entry for entry in fields(kind)}
        for name in table:
            if name not in known:
                self._refuse_key(name, known, prefix)
        values: dict[str, Any] = {}
        for name, entry in known.items():
            key = prefix + name
            if get_origin(entry.type) is Annotated:
                values[name] = self._leaf(entry, key, table)
            elif isinstance(entry.type, type):
                values[name] = self.section(entry.type, table.get(name, {}), f"{key}.")
            else:
                places = self._table(table.get(name, {}), f"{key}.")
                values[name] = {each: self._place(each, places[each]) for each in places}
        return values

    def refuse_unknown_variables(self) -> None:
        """Note the variables that look like ours and are not: most likely a slip of the pen."""
        known = {HOME_VARIABLE, *map(_variable, self.origins)}
        for name, value in self.environ.items():
            if name.startswith(PREFIX) and value and name not in known:
                near = get_close_matches(name, known, 1)
                advice = f"did you mean {near[0]}?" if near else "unset it"
                self._note(name, "", "a known variable", "an unknown one", advice)

    def _place(self, name: str, given: object) -> dict[str, Any]:
        prefix = f"{FILE_ONLY}{name}."
        place = self.section(Place, given, prefix)
        if place["time_zone"] and not _is_time_zone(place["time_zone"]):
            got = _written(place["time_zone"])
            self._note(FILE_NAME, f"{prefix}time_zone", "a name such as Europe/Berlin", got)
        return place

    def _leaf(self, entry: FieldInfo, key: str, table: Mapping[str, object]) -> object:
        if _kind(entry) is Secret and entry.encode_name in table:
            advice = f"set {_variable(key)} instead, and change the password if others read this"
            self._note(FILE_NAME, key, "no password in a file", "one", advice)
        value, origin = self._choose(entry, key, table)
        self.origins[key] = origin
        if origin == "default":
            if value is msgspec.NODEFAULT:
                self._note(FILE_NAME, key, _expected(entry.type), "nothing")
            return value
        if isinstance(value, str) and origin != FILE_NAME and get_origin(_kind(entry)) is tuple:
            value = [part.strip() for part in value.split(",") if part.strip()]
        try:
            return msgspec.convert(
                value,
                entry.type,
                strict=origin == FILE_NAME,
                dec_hook=lambda kind, text: kind(text),
            )
        except msgspec.ValidationError:
            self._note(origin, key, _expected(entry.type), _written(_public(value)))
            return entry.default

    def _choose(
        self, entry: FieldInfo, key: str, table: Mapping[str, object]
    ) -> tuple[object, str]:
        variable = _variable(key)
        if self.flags.get(key) is not None:
            return self.flags[key], "--" + key.replace(".", "-").replace("_", "-")
        if self.environ.get(variable):
            return self.environ[variable], variable
        if entry.encode_name in table and _kind(entry) is not Secret:
            return table[entry.encode_name], FILE_NAME
        return entry.default, "default"

    def _table(self, given: object, prefix: str) -> dict[str, Any]:
        if isinstance(given, dict):
            return given
        key = prefix.removesuffix(".")
        self._note(FILE_NAME, key, f"a table, written [{key}]", _written(given))
        return {}

    def _refuse_key(self, name: str, known: Mapping[str, FieldInfo], prefix: str) -> None:
        anywhere = {key.rpartition(".")[2]: key for key, _, _ in _leaves(_Document, _Document())}
        candidates = anywhere | {each: prefix + each for each in known}
        near = get_close_matches(name, candidates, 1)
        advice = f"did you mean {candidates[near[0]]}?" if near else f"known: {', '.join(known)}"
        expected = f"a key of [{prefix.removesuffix('.')}]" if prefix else "a section or a key"
        self._note(FILE_NAME, prefix + name, expected, "an unknown one", advice)

    def _note(self, origin: str, key: str, expected: str, got: str, advice: str = "") -> None:
        where = str(self.file) if origin == FILE_NAME else origin
        self.problems.append(
            Problem(origin=where, key=key, expected=expected, got=got, advice=advice)
        )


def _variable(key: str) -> str:
    """Return the variable for a dotted key, or nothing where only the file may set it."""
    return "" if key.startswith(FILE_ONLY) else PREFIX + key.upper().replace(".", "_")


def _kind(entry: FieldInfo) -> object:
    """Return the type of a key without its annotations."""
    return get_args(entry.type)[0]


def _meta(annotation: object) -> dict[str, Any]:
    """Return what the annotations of a type say."""
    names = ("description", "examples", "ge", "le", "min_length", "pattern")
    said = ((name, getattr(meta, name)) for meta in get_args(annotation)[1:] for name in names)
    return {name: value for name, value in said if value is not None}


def _expected(annotation: object) -> str:
    """Say in words what a key takes."""
    kind, meta = get_args(annotation)[0], _meta(annotation)
    if kind in (int, float):
        return f"a {'whole ' if kind is int else ''}number from {meta['ge']} to {meta['le']}"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    not_empty = ", not empty" if "min_length" in meta else ""
    if get_origin(kind) is tuple:
        return f"a list{not_empty}, each item {_expected(get_args(kind)[0])}"
    return f"{'one line of ' if 'pattern' in meta else ''}text{not_empty}"


def _written(value: object) -> str:
    """Write a value as TOML does, cut to a readable length."""
    if isinstance(value, float):
        return str(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _READABLE else text[: _READABLE - 3] + "..."


def _is_time_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only where a place names its zone

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; outside the database; a folder of it
        return False
    return True


# --- Showing ------------------------------------------------------------------------------------

_PASSWORD_IN_URL = re.compile(r"(://[^/:@]*:).*(?=@)|(password=)[^&]*")


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
            value=_public(value),
            origin=settings.origins[key],
            variable=_variable(key),
            help=_meta(entry.type)["description"],
        )
        for key, entry, value in _leaves(_Document, settings)
    ]


def example_settings() -> str:
    """Return an overflight.toml that explains every key and, as it stands, changes none."""
    lines = [
        '# Settings of Overflight. Each key shows its default; remove "#" to change it.',
        "# A flag beats an environment variable, which beats this file, which beats the default.",
        *_example_keys(_Document, ""),
    ]
    for entry in fields(_Document):
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
        help_text = _meta(entry.type)["description"]
        variable = _variable(prefix + entry.encode_name)
        yield ""
        if _kind(entry) is Secret:
            yield f"# {entry.encode_name}: {help_text} Set {variable}."
            continue
        default = entry.default
        value = _meta(entry.type)["examples"][0] if default is msgspec.NODEFAULT else default
        yield f"# {help_text}"
        yield f"# Takes {_expected(entry.type)}{f'; {variable}' if variable else ''}."
        yield f"#{entry.encode_name} = {_written(value)}"


def _leaves(
    kind: type[Struct], values: Struct, prefix: str = ""
) -> Iterator[tuple[str, FieldInfo, object]]:
    for entry in fields(kind):
        key = prefix + entry.encode_name
        value = getattr(values, entry.name)
        if isinstance(value, Struct):
            yield from _leaves(type(value), value, f"{key}.")
        elif isinstance(value, dict):
            for name, place in value.items():
                yield from _leaves(Place, place, f"{key}.{name}.")
        else:
            yield key, entry, value


def _public(value: object) -> object:
    if isinstance(value, Secret):
        return repr(value)
    if isinstance(value, str):
        return _PASSWORD_IN_URL.sub(r"\1\2***", value)
    return list(value) if isinstance(value, tuple) else value
