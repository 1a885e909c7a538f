"""Horizon masks of customers, in one cell: ``0:10 90:25``, azimuth and lowest elevation."""

import re
from functools import lru_cache

from messaging.errors import CustomerRowError
from messaging.people.ids import quoted
from orbit.errors import HorizonError
from orbit.horizon import HorizonMask

_BETWEEN = re.compile(r"[;\s]+")
_NUMBER = r"[+-]?\d{1,3}(?:\.\d{0,6})?"  # too short for a telephone
_PAIR = re.compile(rf"({_NUMBER}):({_NUMBER})")


@lru_cache(maxsize=1_024)
def parse_mask(text: str) -> HorizonMask | None:
    """Read a cell: pairs between spaces or semicolons; an empty one is an open horizon.

    The mask comes rounded to whole degrees: the line of the roofs around a home says where it is.

    Raises:
        CustomerRowError: a pair is not two numbers, or they make no mask.
    """
    points = []
    for pair in filter(None, _BETWEEN.split(text)):
        numbers = _PAIR.fullmatch(pair.replace("\N{MINUS SIGN}", "-"))
        if numbers is None:
            raise CustomerRowError(
                f"expected azimuth:elevation pairs such as 0:10 90:25, got {quoted(pair)}",
                column="horizon_mask",
            )
        points.append((float(numbers[1]), float(numbers[2])))
    try:
        return HorizonMask.of(points).rounded() if points else None
    except HorizonError as error:
        raise CustomerRowError(str(error), column="horizon_mask") from None


def mask_text(mask: HorizonMask | None) -> str:
    """Return a mask as ``parse_mask`` reads it: one text for equal masks, empty for none."""
    return "" if mask is None else mask.text
