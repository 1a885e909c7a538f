"""What every format yields, and the few habits they share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tle.elements import ElementSet

SYNTHETIC_MARK = "(SYNTHETIC)"
"""What the name of a synthetic set ends with in a text, because no format has a field for it."""

_EXCERPT_CHARACTERS = 120


class Located(NamedTuple):
    """An element set and the line of the text on which it starts, counted from 1."""

    element_set: ElementSet
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An element set that was not taken, and why; its neighbours are not affected."""

    line: int
    """Where it starts, counted from 1."""
    norad_id: int | None
    """The catalog number, if that much could be read."""
    name: str
    reason: str


class Format(Protocol):
    """A way to write element sets as text."""

    def recognises(self, text: str) -> bool:
        """Tell whether the text is meant to be in this format, by its content alone."""
        ...

    def read(self, text: str, *, source: str) -> Iterator[Located | Refusal]:
        """Yield every element set of the text, whose lines end in LF, taken or refused, in order.

        Raises:
            NotElements: the text as a whole holds something else; ``source`` names it.
        """
        ...

    def write(self, element_sets: Iterable[ElementSet]) -> Iterator[str]:
        """Yield the text of the sets, piece by piece; ``read`` gives the same sets back.

        Raises:
            ElementError: a value has no place in this format.
        """
        ...


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, stripped, with their numbers from 1.

    Blank lines and lines starting with ``#`` say nothing. Only LF ends a line: the other
    separators of ``str.splitlines`` do occur inside names.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def clean_name(text: str) -> str:
    """Return a name fit for a table: single spaces, nothing unprintable."""
    if not text.isprintable():
        text = "".join(each for each in text if each.isprintable() or each.isspace())
    return " ".join(text.split())


def is_marked(name: str) -> bool:
    """Tell whether the name that a text gives a set says that it is synthetic."""
    return name.endswith(SYNTHETIC_MARK)


def marked_name(element_set: ElementSet) -> str:
    """Return the name of a set as a text carries it: that of a synthetic one ends with the mark."""
    if not element_set.synthetic or is_marked(element_set.name):
        return element_set.name
    return f"{element_set.name} {SYNTHETIC_MARK}".strip()


def shorten(text: str) -> str:
    """Return a text as it is, or the beginning of one that is too long for a message."""
    return text if len(text) <= _EXCERPT_CHARACTERS else text[:_EXCERPT_CHARACTERS] + "..."


def excerpt(text: str) -> str:
    """Return the beginning of a text, fit to be quoted in a message."""
    start = clean_name(text[: 2 * _EXCERPT_CHARACTERS])
    return repr(start[:_EXCERPT_CHARACTERS])
