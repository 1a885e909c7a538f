"""Reading the settings: the command line, the environment and overflight.toml, checked whole.

``--set`` beats an environment variable, which beats the file, which beats the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from overflight.errors import Problem, SettingsError
from overflight.home import HOME_VARIABLE
from overflight.settings.keys import (
    FILE_ONLY,
    PREFIX,
    expected,
    kind_of,
    leaves,
    public,
    variable_of,
    written,
)
from overflight.settings.values import FILE_NAME, Document, Place, Secret, Settings

__all__ = ["load_settings"]

_FLAG = "--set"


def load_settings(
    *, home: Path, environ: Mapping[str, str], overrides: Mapping[str, str] | None = None
) -> Settings:
    """Read overflight.toml in ``home``, if it is there, and put the other sources over it.

    Args:
        home: the folder from ``find_home``; it need not exist.
        environ: the process environment; an empty variable counts as unset.
        overrides: dotted key -> text from ``--set``; an empty text is a value like any other.

    Raises:
        SettingsError: with every problem found, not only the first.
    """
    path = home / FILE_NAME
    reader = _Reader(file=path, environ=environ, overrides=overrides or {})
    values = reader.section(Document, _read(path))
    reader.refuse_unknown_variables()
    reader.refuse_unknown_overrides()
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
    overrides: Mapping[str, str]
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
        known = {HOME_VARIABLE, *map(variable_of, self.origins)}
        for name, value in self.environ.items():
            if name.startswith(PREFIX) and value and name not in known:
                near = get_close_matches(name, known, 1)
                advice = f"did you mean {near[0]}?" if near else "unset it"
                self._note(name, "", "a known variable", "an unknown one", advice)

    def refuse_unknown_overrides(self) -> None:
        """Note what ``--set`` names and no key is called."""
        keys = _known_keys()
        candidates = _by_last_name() | {key: key for key in keys}
        for key in self.overrides:
            if key.startswith(FILE_ONLY):
                self._note(_FLAG, key, f"places in {FILE_NAME} only", "one", "write it there")
            elif key not in keys:
                advice = _meant(key, candidates) or "overflight config show lists them"
                self._note(_FLAG, key, "a known key", "an unknown one", advice)

    def _place(self, name: str, given: object) -> dict[str, Any]:
        prefix = f"{FILE_ONLY}{name}."
        place = self.section(Place, given, prefix)
        if place["time_zone"] and not _is_time_zone(place["time_zone"]):
            got = written(place["time_zone"])
            self._note(FILE_NAME, f"{prefix}time_zone", "a name such as Europe/Berlin", got)
        if place["horizon_mask"] and not _is_horizon_mask(place["horizon_mask"]):
            wanted = "azimuths (0 to 360) and elevations (-5 to 89) such as 0:10 90:25"
            got = written(place["horizon_mask"])
            self._note(FILE_NAME, f"{prefix}horizon_mask", wanted, got)
        return place

    def _leaf(self, entry: FieldInfo, key: str, table: Mapping[str, object]) -> object:
        if kind_of(entry) is Secret:
            self._refuse_secret(key, in_file=entry.encode_name in table)
        value, origin = self._choose(entry, key, table)
        self.origins[key] = origin
        if origin == "default":
            if value is msgspec.NODEFAULT:
                self._note(FILE_NAME, key, expected(entry.type), "nothing")
            return value
        if isinstance(value, str) and origin != FILE_NAME and get_origin(kind_of(entry)) is tuple:
            parts = "" if value.strip() == "[]" else value
            value = [part.strip() for part in parts.split(",") if part.strip()]
        try:
            return msgspec.convert(
                value,
                entry.type,
                strict=origin == FILE_NAME,
                dec_hook=lambda kind, text: kind(text),
            )
        except msgspec.ValidationError:
            self._note(origin, key, expected(entry.type), written(public(value)))
            return entry.default

    def _choose(
        self, entry: FieldInfo, key: str, table: Mapping[str, object]
    ) -> tuple[object, str]:
        variable, is_secret = variable_of(key), kind_of(entry) is Secret
        if key in self.overrides and not is_secret:
            return self.overrides[key], _FLAG
        if self.environ.get(variable):
            return self.environ[variable], variable
        if entry.encode_name in table and not is_secret:
            return table[entry.encode_name], FILE_NAME
        return entry.default, "default"

    def _table(self, given: object, prefix: str) -> dict[str, Any]:
        if isinstance(given, dict):
            return given
        key = prefix.removesuffix(".")
        self._note(FILE_NAME, key, f"a table, written [{key}]", written(given))
        return {}

    def _refuse_secret(self, key: str, *, in_file: bool) -> None:
        """Note a password where others can read it: on disk, in the list of processes."""
        advice = f"set {variable_of(key)} instead, and change the password if others read this"
        if in_file:
            self._note(FILE_NAME, key, "no password in a file", "one", advice)
        if key in self.overrides:
            self._note(_FLAG, key, "no password on a command line", "one", advice)

    def _refuse_key(self, name: str, known: Mapping[str, FieldInfo], prefix: str) -> None:
        candidates = _by_last_name() | {each: prefix + each for each in known}
        advice = _meant(name, candidates) or f"known: {', '.join(known)}"
        wanted = f"a key of [{prefix.removesuffix('.')}]" if prefix else "a section or a key"
        self._note(FILE_NAME, prefix + name, wanted, "an unknown one", advice)

    def _note(self, origin: str, key: str, wanted: str, got: str, advice: str = "") -> None:
        where = str(self.file) if origin == FILE_NAME else origin
        self.problems.append(
            Problem(origin=where, key=key, expected=wanted, got=got, advice=advice)
        )


def _by_last_name() -> dict[str, str]:
    """Return the dotted keys by the part after the dot, which is what people remember."""
    return {key.rpartition(".")[2]: key for key in _known_keys()}


def _known_keys() -> list[str]:
    return [key for key, _, _ in leaves(Document, Document())]


def _meant(name: str, candidates: Mapping[str, str]) -> str:
    near = get_close_matches(name, candidates, 1)
    return f"did you mean {candidates[near[0]]}?" if near else ""


def _is_horizon_mask(text: str) -> bool:
    from messaging.errors import CustomerRowError  # noqa: PLC0415 - the same
    from messaging.people.horizons import parse_mask  # noqa: PLC0415 - few places have a mask

    try:
        parse_mask(text)
    except CustomerRowError:
        return False
    return True


def _is_time_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only where a place names its zone

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; outside the database; a folder of it
        return False
    return True
