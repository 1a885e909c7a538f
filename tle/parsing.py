"""From a text of any format to element sets: the one front door.

A text is known by its content, never by the name of its file. What is no element file is refused
as a whole, with a message that says what it is; one bad set among good ones is refused alone.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tle.errors import NotElements
from tle.formats import omm_xml
from tle.formats.base import Format, Located, Refusal, excerpt, numbered_lines
from tle.formats.provider_messages import ProviderMessage, recognise_message
from tle.formats.registry import FORMATS

_COMPRESSED = ("\x1f\x8b", "PK\x03\x04", "BZh", "\xfd7zXZ")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
_DOCUMENT_TYPE = re.compile(r"<!DOCTYPE\s+(?:\w+:)?(?:ndm|omm)\b", re.ASCII)
_MESSAGE_CHARACTERS = 500
_PAGE_CHARACTERS = 10_000
_SAMPLE_BYTES = 4096
_PATH = re.compile(r"[^\n]{,1000}\.(?:3le|csv|json|kvn|omm|tle|txt|xml)\s*", re.IGNORECASE)

_EXPECTED = "expected element sets as TLE, or as OMM in CSV, JSON, XML or KVN"
_LATER = "fetch it again later; whatever was loaded before stays in force"
_MEANINGS = {
    ProviderMessage.TOO_OFTEN: ("the provider refuses more queries for now", _LATER),
    ProviderMessage.NOT_UPDATED: (
        "the provider says that nothing has changed since the last download",
        "ask again in two hours; the sets loaded before stay in force",
    ),
    ProviderMessage.NOTHING: ("the provider has no such satellite", "check the catalog number"),
    ProviderMessage.INVALID_QUERY: (
        "the provider did not understand the query",
        "check the address of the source, FORMAT included",
    ),
    ProviderMessage.LOGIN: (
        "the provider wants a login",
        "check the name and the password for it",
    ),
    ProviderMessage.FORBIDDEN: ("the provider refused the download", _LATER),
    ProviderMessage.NO_PAGE: (
        "the provider has no such page",
        "check the address of the source",
    ),
    ProviderMessage.UNAVAILABLE: ("the provider is not there at the moment", _LATER),
}
"""What each message of a provider means, and what to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a text held, in its order."""

    sets: list[Located]
    """The good sets, each with the line it starts on; duplicates are kept."""
    refusals: list[Refusal]


def parse_elements(data: bytes | str, *, source: str = "-") -> Parsed:
    """Parse TLE, 3LE, or OMM as CSV, JSON, XML or KVN.

    Args:
        data: the text, or its bytes in UTF-8, UTF-16 or Latin-1.
        source: where it came from, for messages only.

    Raises:
        NotElements: the text as a whole is something else, or nothing; also a ValueError.
        TypeError: it is neither a text nor bytes.
    """
    if not isinstance(data, (bytes, str)):
        raise TypeError(
            f"expected the text of element sets, or its bytes, got {type(data).__name__}; "
            "for a path there is read_elements, for an open file parse_elements(file.read())"
        )
    if isinstance(data, str) and _PATH.fullmatch(data):
        reason = f"the path {excerpt(data)}, not the text of its file"
        raise NotElements(source=source, reason=reason, advice="read_elements(path) reads it")
    text = _decode(data)
    format_ = _recognise(text)
    if format_ is None:
        reason, advice = _diagnose(text)
        raise NotElements(source=source, reason=reason, advice=advice)
    parsed = Parsed(sets=[], refusals=[])
    for entry in _entries(format_, text, source):
        if isinstance(entry, Refusal):
            parsed.refusals.append(entry)
        else:
            parsed.sets.append(entry)
    if not parsed.sets and not parsed.refusals:
        raise NotElements(source=source, reason="a header without element sets", advice=_LATER)
    return parsed


def _entries(format_: Format, text: str, source: str) -> Iterator[Located | Refusal]:
    """Read a text; if its format holds only a message of the provider, say what that means."""
    try:
        yield from format_.read(text, source=source)
    except NotElements:
        if said := _said_by_provider(text):
            reason, advice = said
            raise NotElements(source=source, reason=reason, advice=advice) from None
        raise


def _decode(data: bytes | str) -> str:
    """Return the text with every line ending in LF, and without byte order marks."""
    text = data if isinstance(data, str) else data.decode(_encoding(data), "replace")
    return text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")


def _encoding(data: bytes) -> str:
    """Tell the encoding: by a mark, by the zero bytes of UTF-16, or by what decodes."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[:_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if not min(even, odd) and 4 * max(even, odd) > len(sample):  # half of the characters are ASCII
        return "utf-16-be" if even else "utf-16-le"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _recognise(text: str) -> Format | None:
    if text.lstrip().startswith("<"):  # a page may well show element sets; it is still a page
        return omm_xml if omm_xml.recognises(text) else None
    return next((each for each in FORMATS.values() if each.recognises(text)), None)


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
        return _diagnose_page(text[:_PAGE_CHARACTERS])
    if said := _said_by_provider(text):
        return said
    kind = "CSV with unknown columns:" if "," in first else "no element sets in it; it starts with"
    return f"{kind} {excerpt(first)}", _EXPECTED


def _diagnose_page(page: str) -> tuple[str, str]:
    if _DOCUMENT_TYPE.search(page):
        return "XML with a document type, which may stand for anything", "remove its <!DOCTYPE ...>"
    title = _TITLE.search(page)
    which = f" titled {excerpt(title[1])}" if title else f": {excerpt(page)}"
    return f"an HTML or XML page{which}", _EXPECTED


def _said_by_provider(text: str) -> tuple[str, str] | None:
    """Return what a message of a provider means, and what to do about it, if the text is one."""
    message = recognise_message(text[:_MESSAGE_CHARACTERS])
    if message is None:
        return None
    reason, advice = _MEANINGS[message]
    return f"{reason} ({excerpt(text)})", advice
