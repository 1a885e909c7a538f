"""OMM as JSON: one object, or a list of them (CelesTrak, Space-Track)."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tle.elements import ElementSet
from tle.errors import NotElements, TleError
from tle.formats import omm
from tle.formats.base import Located, Refusal, excerpt

_ENCODER = json.JSONEncoder(separators=(",", ":"))
_DECODER = json.JSONDecoder()
_RECORD_START = re.compile(r"[^\s,]")


class _Record(NamedTuple):
    line: int
    value: Any


def to_json(element_set: ElementSet) -> str:
    """Return an element set as one OMM object, exact to the last bit."""
    return _ENCODER.encode(omm.to_fields(element_set))


def from_json(text: str) -> ElementSet:
    """Return the element set that ``to_json`` wrote."""
    return omm.from_fields(json.loads(text))


def recognises(text: str) -> bool:
    """Tell whether the text starts as a JSON object or list does."""
    return text.lstrip().startswith(("{", "["))


def read(text: str, *, source: str) -> Iterator[Located | Refusal]:
    """Yield every set of the text; see ``base.Format``."""
    records, broken = _decode(text)
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
            return records, None
        try:
            value, position = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            reason = f"record {len(records) + 1}: no JSON, or the file is cut here"
            return records, Refusal(line=line, norad_id=None, name="", reason=reason)
        records.append(_Record(line, value))
        line += text.count("\n", start, position)


def _entry(number: int, record: _Record) -> Located | Refusal:
    line, value = record
    if not isinstance(value, dict):
        reason = f"record {number} is a {type(value).__name__}; expected a JSON object"
        return Refusal(line=line, norad_id=None, name="", reason=reason)
    try:
        return Located(omm.from_fields(value), line)
    except TleError as error:
        return omm.refusal(line, value, f"record {number}: {error}")
