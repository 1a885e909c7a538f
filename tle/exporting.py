"""From element sets to a text of any format: the back door, as ``tle.parsing`` is the front."""

from collections.abc import Iterable, Iterator

from tle.elements import ElementSet
from tle.formats.registry import FORMATS

EXPORT_FORMATS = tuple(sorted(FORMATS, reverse=True))


def export_elements(element_sets: Iterable[ElementSet], format_: str) -> Iterator[str]:
    """Yield the text of element sets, piece by piece, in their order.

    Parsing it gives the same sets back: from OMM to the last bit, from a TLE as far as its columns
    go (``tle.formats.tle_lines.write`` says how far).

    Args:
        element_sets: what to write.
        format_: one of ``EXPORT_FORMATS``.

    Raises:
        ElementError: a set has a value that the format cannot carry. What came before it has been
            yielded already.
    """
    return FORMATS[format_].write(element_sets)
