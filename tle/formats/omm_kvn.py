"""OMM as KVN: one ``KEYWORD = value`` a line, one message after another (CCSDS 502.0-B-3, 7.4)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tle.elements import ElementSet
from tle.errors import TleError
from tle.formats import omm
from tle.formats.base import Located, Refusal, excerpt, numbered_lines

_START = "CCSDS_OMM_VERS"
_VERSION = "2.0"  # what CelesTrak writes; 3.0 adds nothing that an element set needs
_TELLING = re.compile(
    rf"^[ \t]*(?:{'|'.join((_START, *omm.MANDATORY))})[ \t]*=", re.MULTILINE | re.ASCII
)
_COMMENT = re.compile(r"COMMENT(?:\s|$)")
_WIDTH = max(len(key) for key in (*omm.CSV_COLUMNS, *omm.FIXED))


@dataclass(slots=True, kw_only=True)
class _Message:
    line: int
    pairs: list[tuple[str, str]] = field(default_factory=list)
    problem: str = ""


def recognises(text: str) -> bool:
    """Tell whether any line gives a keyword of OMM its value."""
    return _TELLING.search(text) is not None


def read(text: str, *, source: str) -> Iterator[Located | Refusal]:  # noqa: ARG001 - see Format
    """Yield every set of the text; see ``base.Format``.

    A message goes from its version to the next one. Units in brackets are skipped.
    """
    message: _Message | None = None
    for number, line in numbered_lines(text):
        if _COMMENT.match(line):
            continue
        key, equals, value = line.partition("=")
        key = key.rstrip()
        if message is None or key == _START:
            if message:
                yield _entry(message)
            message = _Message(line=number)
        if equals and key.isidentifier():
            message.pairs.append((key, value if key in omm.LABELS else _without_unit(value)))
        elif not message.problem:
            message.problem = f"line {number} is {excerpt(line)}; expected KEYWORD = value"
    if message:
        yield _entry(_perhaps_cut(message, text))


def write(element_sets: Iterable[ElementSet]) -> Iterator[str]:
    """Yield a message for each set; every value is exact. See ``base.Format``."""
    for element_set in element_sets:
        fields = omm.to_fields(element_set)
        labels = {key: fields.pop(key) for key in ("OBJECT_NAME", "OBJECT_ID")}
        head = {_START: _VERSION, "CREATION_DATE": "", "ORIGINATOR": ""}
        lines = (head | labels | omm.FIXED | fields).items()
        yield "".join(f"{key:<{_WIDTH}} = {value}\n" for key, value in lines) + "\n"


def _without_unit(value: str) -> str:
    return value.rpartition("[")[0] if "[" in value and value.endswith("]") else value


def _perhaps_cut(message: _Message, text: str) -> _Message:
    """Report a last line without an end whose value the orbit needs: digits may be missing."""
    if not text.endswith("\n") and message.pairs and omm.is_omm([message.pairs[-1][0]]):
        message.problem = message.problem or (
            f"the file ends within the value of {message.pairs[-1][0]}; expected a whole line"
        )
    return message


def _entry(message: _Message) -> Located | Refusal:
    if message.problem:
        return omm.refusal(message.line, dict(message.pairs), message.problem)
    try:
        return Located(omm.from_pairs(message.pairs), message.line)
    except TleError as error:
        return omm.refusal(message.line, dict(message.pairs), str(error))
