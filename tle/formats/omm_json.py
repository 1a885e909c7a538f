"""OMM as JSON: one object, or a list of them (CelesTrak, Space-Track)."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from tle.elements import ElementSet
from tle.errors import NotElements, TleError
from tle.formats import omm
from tle.formats.base import Located, Refusal, excerpt

_DECODER = json.JSONDecoder()
_RECORD_START = re.compile(r"[^\s,]")


class _Record(NamedTuple):
    line: int
    value: Any


def to_json(element_set: ElementSet) -> str:
    """Return an element set as one OMM object, exact to the last bit."""
    return msgspec.json.encode(omm.to_fields(element_set)).decode()


def from_json(text: str) -> ElementSet:
    """Return the element set that ``to_json`` wrote."""
    return omm.from_own_fields(msgspec.json.decode(text))


def recognises(text: str) -> bool:
    """Tell whether the text starts as a JSON object or list does."""
    return text.lstrip().startswith(("{", "["))


def read(text: str, *, source: str) -> Iterator[Located | Refusal]:
    """Yield every set of the text; see ``base.Format``."""
    records, broken = _decode(text)
    if not records and not broken:
        raise NotElements(
            source=source,
            reason="an empty list",
            advice="the provider has no such satellite, or nothing new; check the catalog number",
        )
    if not any(isinstance(value, dict) and omm.is_omm(value) for _, value in records):
        raise NotElements(
            source=source,
            reason=f"JSON without any element set in it: {excerpt(text)}",
            advice="expected OMM objects with NORAD_CAT_ID, EPOCH, MEAN_MOTION and the others",
        )
    for number, record in enumerate(records, start=1):
        yield _entry(number, record)
    if broken:
        yield broken


def write(element_sets: Iterable[ElementSet]) -> Iterator[str]:
    """Yield a list with one object a line; every value is exact. See ``base.Format``."""
    opening = "["
    for element_set in element_sets:
        yield f"{opening}\n{to_json(element_set)}"
        opening = ","
    yield "\n]\n" if opening == "," else "[]\n"


def _decode(text: str) -> tuple[list[_Record], Refusal | None]:
    """Decode the records one by one, so that a file cut in the middle still gives its whole ones.

    The refusal, if any, is of what could not be decoded.
    """
    in_list = text.lstrip().startswith("[")
    closing = "]" if in_list else ""
    position = text.index("[") + 1 if in_list else 0
    line = 1 + text.count("\n", 0, position)
    records: list[_Record] = []
    while True:
        found = _RECORD_START.search(text, position)
        start = found.start() if found else len(text)
        line += text.count("\n", position, start)
        if text[start : start + 1] == closing:
            return records, _rest(text, start + 1)
        try:
            value, position = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            reason = f"record {len(records) + 1}: no JSON, or the file is cut here"
            return records, Refusal(line=line, norad_id=None, name="", reason=reason)
        records.append(_Record(line, value))
        line += text.count("\n", start, position)


def _rest(text: str, end: int) -> Refusal | None:
    found = _RECORD_START.search(text, end)
    if found is None:
        return None
    line = 1 + text.count("\n", 0, found.start())
    reason = "something follows the end of the list; expected one list in a file"
    return Refusal(line=line, norad_id=None, name="", reason=reason)


def _entry(number: int, record: _Record) -> Located | Refusal:
    line, value = record
    if not isinstance(value, dict):
        reason = f"record {number} is a {type(value).__name__}; expected a JSON object"
        return Refusal(line=line, norad_id=None, name="", reason=reason)
    try:
        return Located(omm.from_fields(value), line)
    except TleError as error:
        return omm.refusal(line, value, f"record {number}: {error}")
