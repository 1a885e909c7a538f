"""TOML tables as typed values: the one reader of campaign files and of settings.

Text comes in; values come out, or all problems, each with its key, what was expected and what came.
What a key takes is said by its type in a ``msgspec.Struct``: ``Meta.description`` is help for
people, ``Meta.extra["expected"]`` completes the sentence "expected ..." where a value is refused;
without it the sentence follows from the type and its limits.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from messaging.errors import Problem

_READABLE = 60


def parse_toml(text: str, *, origin: str) -> dict[str, Any] | Problem:
    """Return the tables of a TOML file, or what is wrong with its syntax.

    Args:
        text: the whole file.
        origin: where it came from, for the problem.
    """
    import tomllib  # noqa: PLC0415 - 5 ms that a home without settings does not pay

    try:
        return tomllib.loads(text)
    except RecursionError:
        got, line = "brackets nested too deep", None
    except ValueError as error:
        got, line = f"bad syntax: {error}", re.search(r"\(at line (\d+)", str(error))
    return Problem(origin=origin, expected="TOML", got=got, line=int(line[1]) if line else None)


class TableReader:
    """Walks tables by the fields of their classes, and gathers values and all problems.

    A subclass may take values from elsewhere, too, and has its own words for what is wrong.
    """

    table_words: ClassVar[str] = "a table [{key}]"

    def __init__(self, *, origin: str) -> None:
        """Begin without problems.

        Args:
            origin: where the tables came from, for the problems.
        """
        self.origin = origin
        self.problems: list[Problem] = []

    def section(self, kind: type[Struct], given: object, prefix: str = "") -> dict[str, Any]:
        """Return the values of one table and of those in it, by the names of its keys.

        They can be converted to ``kind`` unless there are problems.

        Args:
            kind: what the table describes.
            given: what the file holds there.
            prefix: the dotted path of the table with a dot behind, empty for the whole file.
        """
        if (table := self._table(given, prefix)) is None:
            return {}
        known = {entry.encode_name: entry for entry in fields(kind)}
        for name in table:
            if name not in known:
                self.refuse_unknown(name, known, prefix)
        return {name: self._entry(entry, prefix + name, table) for name, entry in known.items()}

    def value(self, entry: FieldInfo, key: str, table: Mapping[str, object]) -> object:
        """Return the value of one key that is no table; its default where it is absent or bad."""
        if entry.encode_name in table:
            return self.convert(entry, key, table[entry.encode_name])
        if entry.required:
            self.refuse(key, expected(entry.type), "nothing")
        return entry.default

    def convert(
        self, entry: FieldInfo, key: str, value: object, *, strict: bool = True, origin: str = ""
    ) -> object:
        """Return a value as its key takes it; otherwise the key's default, with a problem noted.

        Args:
            entry: the key's declaration.
            key: its dotted path.
            value: what was given.
            strict: false for what came as text.
            origin: where it came from, if not from the file.
        """
        try:
            return msgspec.convert(
                value,
                entry.type,
                strict=strict,
                builtin_types=(datetime,),
                dec_hook=lambda kind, text: kind(text),
            )
        except msgspec.ValidationError:
            self.refuse(key, expected(entry.type), self.show(value), origin=origin)
            return entry.default

    def refuse(
        self, key: str, wanted: str, got: str, advice: str = "", *, origin: str = ""
    ) -> None:
        """Note a problem; without ``origin`` it is one of the file."""
        problem = Problem(
            origin=origin or self.origin, key=key, expected=wanted, got=got, advice=advice
        )
        self.problems.append(problem)

    def refuse_unknown(self, name: str, known: Iterable[str], prefix: str) -> None:
        """Note a key that the table does not have, and the one that was probably meant."""
        known = list(known)
        advice = nearest(name, {each: each for each in known}) or f"known are {', '.join(known)}"
        self.refuse(prefix + name, "", "unknown key", advice)

    def show(self, value: object) -> str:
        """Return a value as problems quote it, cut to a readable length."""
        text = value.isoformat() if isinstance(value, date) else repr(value)
        return text if len(text) <= _READABLE else f"{text[: _READABLE - 1]}…"

    def _entry(self, entry: FieldInfo, key: str, table: Mapping[str, object]) -> object:
        kind = kind_of(entry.type)
        if isinstance(kind, type) and issubclass(kind, Struct):
            return self.section(kind, table.get(entry.encode_name, {}), f"{key}.")
        inner = get_args(kind)[-1] if get_origin(kind) is Mapping else None
        if not (isinstance(inner, type) and issubclass(inner, Struct)):
            return self.value(entry, key, table)
        named = self._table(table.get(entry.encode_name, {}), f"{key}.")
        if named is None:
            return {}
        if not named and "min_length" in meta_of(entry.type):
            self.refuse(key, expected(entry.type), "nothing")
        return {name: self.section(inner, named[name], f"{key}.{name}.") for name in named}

    def _table(self, given: object, prefix: str) -> dict[str, Any] | None:
        if isinstance(given, dict):
            return given
        key = prefix.removesuffix(".")
        self.refuse(key, self.table_words.format(key=key), self.show(given))
        return None


def kind_of(annotation: object) -> Any:  # noqa: ANN401 - any type
    """Return a type without its annotations."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def meta_of(annotation: object) -> dict[str, Any]:
    """Return what the annotations of a type say."""
    if get_origin(annotation) is not Annotated:
        return {}
    names = ("description", "examples", "extra", "ge", "le", "min_length", "pattern")
    said = ((name, getattr(meta, name)) for meta in get_args(annotation)[1:] for name in names)
    return {name: value for name, value in said if value is not None}


def expected(annotation: object) -> str:
    """Say in words what a key takes."""
    kind, meta = kind_of(annotation), meta_of(annotation)
    if "extra" in meta:
        return str(meta["extra"]["expected"])
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        return f"a {'whole ' if kind is int else ''}number from {meta['ge']} to {meta['le']}"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    not_empty = ", not empty" if "min_length" in meta else ""
    if get_origin(kind) is tuple:
        return f"a list{not_empty}, each item {expected(get_args(kind)[0])}"
    return f"{'one line of ' if 'pattern' in meta else ''}text{not_empty}"


def nearest(name: str, candidates: Mapping[str, str]) -> str:
    """Ask whether a misspelt name means one of some others; empty where none is like it.

    Args:
        name: what was written.
        candidates: what could have been written -> what is asked.
    """
    near = get_close_matches(name, candidates, 1)
    return f"did you mean {candidates[near[0]]}?" if near else ""
