"""OMM as XML: one ``<omm>``, or many in an ``<ndm>`` (CCSDS 505.0-B-3; CelesTrak, Space-Track)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from tle.elements import ElementSet
from tle.errors import NotElements, TleError
from tle.formats import omm
from tle.formats.base import Located, Refusal

# Whatever may stand before the root, except a document type, where entities could be declared: a
# text that has one never comes as far as the parser. (?>...) keeps it from being tried twice.
_ROOT = re.compile(
    r"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<(?:[\w.-]+:)?(?:ndm|omm)[\s/>]", re.DOTALL | re.ASCII
)
_MESSAGE = "omm"
_HEAD = (
    '<omm id="CCSDS_OMM_VERS" version="2.0">\n'
    "<header><CREATION_DATE/><ORIGINATOR/></header>\n<body><segment>\n"
)
_FOOT = "</segment></body>\n</omm>\n"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_METADATA = ("OBJECT_NAME", "OBJECT_ID", *omm.FIXED)
_MEAN_ELEMENTS = omm.CSV_COLUMNS[2:9]
_TLE_PARAMETERS = omm.CSV_COLUMNS[9:]


@dataclass(slots=True, kw_only=True)
class _Message:
    line: int
    pairs: list[tuple[str, str]] = field(default_factory=list)


class _Reader:
    """Collects what the innermost elements of each message hold, as far as the text is XML."""

    def __init__(self, text: str) -> None:
        # The text is decoded already, so UTF-8 here overrides what its declaration says.
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._read
        self._texts: list[str] = []
        self._is_innermost = False
        self.whole: list[_Message] = []
        self.begun: _Message | None = None
        self.error = ""
        begin = text.lstrip()  # a declaration may only be the very first thing
        self._lines_before = text.count("\n", 0, len(text) - len(begin))
        try:
            self._parser.Parse(begin.encode("utf-8", "replace"), True)  # noqa: FBT003 - expat's
        except expat.ExpatError as error:
            self.error = f"{expat.ErrorString(error.code)} in line {self.line}"

    @property
    def line(self) -> int:
        """Where the parser is, counted from 1."""
        return self._lines_before + self._parser.CurrentLineNumber

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._texts.clear()
        self._is_innermost = True
        if _local(name) == _MESSAGE:
            if self.begun:
                self.whole.append(self.begun)
            self.begun = _Message(line=self.line)

    def _end(self, name: str) -> None:
        if self.begun is None:
            return
        key = _local(name)
        if key == _MESSAGE:
            self.whole.append(self.begun)
            self.begun = None
        elif self._is_innermost:
            self.begun.pairs.append((key, "".join(self._texts)))
        self._is_innermost = False

    def _read(self, text: str) -> None:
        self._texts.append(text)


def recognises(text: str) -> bool:
    """Tell whether the root of the text is one of NDM or OMM; a page on the web has another."""
    return _ROOT.match(text) is not None


def read(text: str, *, source: str) -> Iterator[Located | Refusal]:
    """Yield every set of the text; see ``base.Format``. Attributes are skipped."""
    reader = _Reader(text)
    if not reader.whole and not reader.begun:
        problem = f" ({reader.error})" if reader.error else ""
        raise NotElements(
            source=source,
            reason=f"XML without any element set in it{problem}",
            advice="expected <omm> elements, alone or in <ndm>",
        )
    yield from map(_entry, reader.whole)
    if reader.error:
        rest = reader.begun or _Message(line=reader.line)
        reason = f"the file is cut or damaged: {reader.error}"
        yield omm.refusal(rest.line, dict(rest.pairs), reason)


def write(element_sets: Iterable[ElementSet]) -> Iterator[str]:
    """Yield one NDM with a message for each set; every value is exact. See ``base.Format``."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<ndm>\n'
    for element_set in element_sets:
        fields = omm.to_fields(element_set) | omm.FIXED
        yield "".join(
            (
                _HEAD,
                _block("metadata", fields, _METADATA),
                "<data>\n",
                _block("meanElements", fields, _MEAN_ELEMENTS),
                _block("tleParameters", fields, _TLE_PARAMETERS),
                "</data>\n",
                _FOOT,
            )
        )
    yield "</ndm>\n"


def _block(name: str, fields: dict[str, str | int | float], keys: Iterable[str]) -> str:
    lines = "".join(f"<{key}>{str(fields[key]).translate(_ESCAPES)}</{key}>\n" for key in keys)
    return f"<{name}>\n{lines}</{name}>\n"


def _local(name: str) -> str:
    """Return a name without the prefix of its namespace."""
    return name.rpartition(":")[2]


def _entry(message: _Message) -> Located | Refusal:
    try:
        return Located(omm.from_pairs(message.pairs), message.line)
    except TleError as error:
        return omm.refusal(message.line, dict(message.pairs), str(error))
