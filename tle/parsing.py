"""From a text of any format to element sets: the one front door.

A text is known by its content, never by the name of its file. What is no element file is refused
as a whole, with a message that says what it is; one bad set among good ones is refused alone.
"""

import codecs
import re
from dataclasses import dataclass

from tle.errors import NotElements
from tle.formats import omm_csv, omm_json, tle_lines
from tle.formats.base import Format, Located, Refusal, excerpt, numbered_lines

__all__ = ["Located", "Parsed", "Refusal", "parse_elements"]

_FORMATS: tuple[Format, ...] = (omm_json, omm_csv, tle_lines)

_COMPRESSED = ("\x1f\x8b", "PK\x03\x04", "BZh", "\xfd7zXZ")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
_MESSAGE_CHARACTERS = 500

_EXPECTED = "expected element sets as TLE, or as OMM in JSON or CSV"
_LATER = "fetch it again later; whatever was loaded before stays in force"
_PROVIDER_MESSAGES = (
    ("no gp data found", "the provider has no such satellite", "check the catalog number"),
    (
        "gp data has not updated since your last successful download",
        "the provider says that nothing has changed since the last download",
        "ask again in two hours; the sets loaded before stay in force",
    ),
    (
        "invalid query",
        "the provider did not understand the query",
        "check the address of the source, FORMAT included",
    ),
    ("403 forbidden", "the provider refused the download", _LATER),
    ("404 not found", "the provider has no such page", "check the address of the source"),
    ("rate limit", "the provider refuses more queries for now", _LATER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a text held, in its order."""

    sets: list[Located]
    """The good sets, each with the line it starts on; duplicates are kept."""
    refusals: list[Refusal]


def parse_elements(data: bytes | str, *, source: str = "-") -> Parsed:
    """Parse TLE, 3LE, or OMM as JSON or CSV.

    Args:
        data: the text, or its bytes in UTF-8, UTF-16 with a byte order mark, or Latin-1.
        source: where it came from, for messages only.

    Raises:
        NotElements: the text as a whole is something else, or nothing.
    """
    text = _decode(data, source=source)
    format_ = _recognise(text)
    if format_ is None:
        reason, advice = _diagnose(text)
        raise NotElements(source=source, reason=reason, advice=advice)
    parsed = Parsed(sets=[], refusals=[])
    for entry in format_.read(text, source=source):
        if isinstance(entry, Refusal):
            parsed.refusals.append(entry)
        else:
            parsed.sets.append(entry)
    if not parsed.sets and not parsed.refusals:
        raise NotElements(source=source, reason="a header without element sets", advice=_LATER)
    return parsed


def _decode(data: bytes | str, *, source: str) -> str:
    """Return the text with every line ending in LF."""
    text = data if isinstance(data, str) else _decode_bytes(data, source=source)
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _decode_bytes(data: bytes, *, source: str) -> str:
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise NotElements(source=source, reason="damaged UTF-16 text", advice=_LATER) from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _recognise(text: str) -> Format | None:
    if text.lstrip().startswith("<"):  # a page may well show element sets; it is still a page
        return None
    return next((format_ for format_ in _FORMATS if format_.recognises(text)), None)


def _diagnose(text: str) -> tuple[str, str]:
    """Return what a text is that is not in any format, and what to do about it."""
    first = next((line for _, line in numbered_lines(text)), "")
    if not first:
        return "the file is empty", _LATER
    if text.startswith(_COMPRESSED):
        return "compressed data", "unpack it first"
    if _BINARY.search(text):
        return "binary data, not text", _EXPECTED
    if first.startswith("<"):
        title = _TITLE.search(text)
        page = f" titled {excerpt(title[1])}" if title else f": {excerpt(text)}"
        return f"an HTML or XML page{page}", _EXPECTED
    return _diagnose_words(text[:_MESSAGE_CHARACTERS], first)


def _diagnose_words(opening: str, first: str) -> tuple[str, str]:
    for phrase, reason, advice in _PROVIDER_MESSAGES:
        if phrase in opening.lower():
            return f"{reason} ({excerpt(first)})", advice
    if "," in first:
        return f"CSV with unknown columns: {excerpt(first)}", _EXPECTED
    return f"no element sets in it; it starts with {excerpt(first)}", _EXPECTED
