"""Reading the settings: the command line, the environment and overflight.toml, checked whole.

``--set`` beats an environment variable, which beats the file, which beats the default.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo

from messaging.errors import Problem
from messaging.toml_tables import TableReader, kind_of, nearest, parse_toml
from overflight.errors import SettingsError
from overflight.home import HOME_VARIABLE
from overflight.settings.keys import (
    FILE_ONLY,
    PREFIX,
    RENAMED,
    leaves,
    public,
    variable_of,
    written,
)
from overflight.settings.values import FILE_NAME, Document, Place, Secret, Settings

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
    reader = _SettingsReader(file=path, environ=environ, overrides=overrides or {})
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
    tables = parse_toml(text, origin=str(path))
    if isinstance(tables, Problem):
        raise SettingsError(tables)
    return tables


def _unreadable(path: Path, got: str) -> SettingsError:
    return SettingsError(Problem(origin=str(path), expected="a readable TOML file", got=got))


class _SettingsReader(TableReader):
    """Puts the other sources over the file, and notes where each value came from."""

    table_words = "a table, written [{key}]"

    def __init__(
        self, *, file: Path, environ: Mapping[str, str], overrides: Mapping[str, str]
    ) -> None:
        super().__init__(origin=str(file))
        self.environ = environ
        self.overrides = overrides
        self.origins: dict[str, str] = {}

    def section(self, kind: type[Struct], given: object, prefix: str = "") -> dict[str, Any]:
        values = super().section(kind, given, prefix)
        if kind is Place and values:
            self._check_place(values, prefix)
        return values

    def value(self, entry: FieldInfo, key: str, table: Mapping[str, object]) -> object:
        if kind_of(entry.type) is Secret:
            self._refuse_secret(key, in_file=entry.encode_name in table)
        value, origin = self._choose(entry, key, table)
        self.origins[key] = origin
        if origin == "default":
            return super().value(entry, key, {})
        if origin == FILE_NAME:
            return super().value(entry, key, table)
        if isinstance(value, str) and get_origin(kind_of(entry.type)) is tuple:
            parts = "" if value.strip() == "[]" else value
            value = [part.strip() for part in parts.split(",") if part.strip()]
        return self.convert(entry, key, value, strict=False, origin=origin)

    def refuse_unknown(self, name: str, known: Iterable[str], prefix: str) -> None:
        candidates = _by_last_name() | {each: prefix + each for each in known}
        advice = (
            _new_name(prefix + name) or nearest(name, candidates) or f"known: {', '.join(known)}"
        )
        wanted = f"a key of [{prefix.removesuffix('.')}]" if prefix else "a section or a key"
        self.refuse(prefix + name, wanted, "an unknown one", advice)

    def show(self, value: object) -> str:
        return written(public(value))

    def refuse_unknown_variables(self) -> None:
        """Note the variables that look like ours and are not: most likely a slip of the pen."""
        known = {HOME_VARIABLE, *map(variable_of, _known_keys())}
        for name, value in self.environ.items():
            if name.startswith(PREFIX) and value and name not in known:
                advice = (
                    _new_name(name) or nearest(name, {each: each for each in known}) or "unset it"
                )
                self.refuse("", "a known variable", "an unknown one", advice, origin=name)

    def refuse_unknown_overrides(self) -> None:
        """Note what ``--set`` names and no key is called."""
        keys = _known_keys()
        candidates = _by_last_name() | {key: key for key in keys}
        for key in self.overrides:
            if key.startswith(FILE_ONLY):
                wanted = f"places in {FILE_NAME} only"
                self.refuse(key, wanted, "one", "write it there", origin=_FLAG)
            elif key not in keys:
                advice = (
                    _new_name(key)
                    or nearest(key, candidates)
                    or "overflight config show lists them"
                )
                self.refuse(key, "a known key", "an unknown one", advice, origin=_FLAG)

    def _check_place(self, place: Mapping[str, Any], prefix: str) -> None:
        if place["time_zone"] and not _is_time_zone(place["time_zone"]):
            got = written(place["time_zone"])
            self.refuse(f"{prefix}time_zone", "a name such as Europe/Berlin", got)
        if place["horizon_mask"] and not _is_horizon_mask(place["horizon_mask"]):
            wanted = "azimuths (0 to 360) and elevations (-5 to 89) such as 0:10 90:25"
            self.refuse(f"{prefix}horizon_mask", wanted, written(place["horizon_mask"]))

    def _choose(
        self, entry: FieldInfo, key: str, table: Mapping[str, object]
    ) -> tuple[object, str]:
        variable, is_secret = variable_of(key), kind_of(entry.type) is Secret
        if key in self.overrides and not is_secret:
            return self.overrides[key], _FLAG
        if self.environ.get(variable):
            return self.environ[variable], variable
        if entry.encode_name in table and not is_secret:
            return table[entry.encode_name], FILE_NAME
        return entry.default, "default"

    def _refuse_secret(self, key: str, *, in_file: bool) -> None:
        """Note a password where others can read it: on disk, in the list of processes."""
        advice = f"set {variable_of(key)} instead, and change the password if others read this"
        if in_file:
            self.refuse(key, "no password in a file", "one", advice)
        if key in self.overrides:
            self.refuse(key, "no password on a command line", "one", advice, origin=_FLAG)


def _by_last_name() -> dict[str, str]:
    """Return the dotted keys by the part after the dot, which is what people remember."""
    return {key.rpartition(".")[2]: key for key in _known_keys()}


def _known_keys() -> list[str]:
    return [key for key, _, _ in leaves(Document, Document())]


def _is_horizon_mask(text: str) -> bool:
    from messaging.errors import CustomerRowError  # noqa: PLC0415 - the same
    from messaging.people.horizons import parse_mask  # noqa: PLC0415 - few places have a mask

    try:
        parse_mask(text)
    except CustomerRowError:
        return False
    return True


def _new_name(name: str) -> str:
    """Say what a key, or its variable, is called now; nothing if it had no other name."""
    for old, new in RENAMED.items():
        if name == old:
            return f"it is called {new} now"
        if name == variable_of(old):
            return f"it is called {variable_of(new)} now"
    return ""


def _is_time_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only where a place names its zone

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; outside the database; a folder of it
        return False
    return True
