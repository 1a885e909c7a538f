"""What a function is handed: refuse what is of another kind, and say what belongs there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from orbit.errors import ArgumentError
from tle.elements import ElementSet
from tle.times import UNIX_EPOCH

if TYPE_CHECKING:
    from tle.columns import Floats, Integers

Times = datetime | Sequence[datetime] | ArrayLike
"""One time or a column of them: aware, or ``datetime64``, which is taken as UTC."""

A_TIME = "an aware datetime, such as datetime(2026, 10, 10, tzinfo=UTC)"
AN_EPHEMERIS = "an Ephemeris, such as propagate(element_set, start, end)"
SOME_OBSERVERS = "Observers, such as Observers.at([52.52, 39.9], [13.41, 116.4])"
_MICROSECOND = timedelta(microseconds=1)


def check_kind(name: str, value: object, kind: type, expected: str) -> None:
    """Raise a TypeError unless a value is of a kind; ``expected`` completes the sentence."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} is of type {type(value).__name__}; expected {expected}")


def check_element_set(value: object) -> None:
    """Raise a TypeError unless a value is one element set."""
    check_kind(
        "element_set",
        value,
        ElementSet,
        'one ElementSet, such as read_elements(path)["iss"]; of several, take one after the other',
    )


def to_floats(name: str, value: ArrayLike, expected: str) -> "Floats":
    """Return numbers as an array, or raise a TypeError; ``expected`` completes the sentence."""
    try:
        numbers = np.asarray(value, float)
        fits = np.asarray(value).dtype.kind not in "US"  # of texts numpy would take "52"
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise TypeError(f"{name} is {value!r}; expected {expected}")
    return numbers


def to_microseconds(times: Times) -> "Integers":
    """Return one time or a column of them as microseconds since 1970 UTC, shape (n,).

    Args:
        times: aware datetimes, or ``datetime64``, which is taken as UTC.

    Raises:
        ArgumentError: a time has no time zone or is NaT, or the times are no column.
        TypeError: they are no times.
    """
    given = np.asarray(times)
    if given.ndim > 1:
        raise ArgumentError(f"times has shape {given.shape}; expected one time or a column of them")
    given = np.atleast_1d(given)
    if not given.size:
        return np.empty(0, np.int64)
    if given.dtype.kind == "O":
        for k, value in enumerate(given):
            check_kind(f"times[{k}]", value, datetime, A_TIME)
            if value.tzinfo is None:
                raise ArgumentError(f"times[{k}] is {value}, without a zone; expected {A_TIME}")
        return np.array([(value - UNIX_EPOCH) // _MICROSECOND for value in given], np.int64)
    if given.dtype.kind != "M":
        raise TypeError(f"times is {times!r}; expected {A_TIME}, datetime64, or a column of them")
    if np.isnat(given).any():
        raise ArgumentError("times holds NaT; expected times only")
    return given.astype("datetime64[us]").astype(np.int64)
