"""When a quantity is zero, and when it is least, for many rows at once.

A quantity is a function of row numbers, shape (n,), and times, shape (..., n); it returns one value
for each time.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from tle.columns import Floats, Integers

EXACT_S = 1e-4
EXACT_ROOT_S = 1e-7  # beside a flat top a step may be short though the root is far
MOST_STEPS = 100  # some ten do
SAMPLE_S = 600.0  # a satellite passes its perigee more slowly than to turn twice in this time
SAMPLES_AT_ONCE = 200_000  # so much stays in a processor's cache
FINEST_S = 1.0  # nearer points would see the last digits rather than the curve

Quantity = Callable[[Integers, Floats], Floats]


def find_root(value_at: Quantity, low_s: Floats, high_s: Floats) -> Floats:
    """Return when each row's quantity is zero, between two times at which its signs differ.

    Source: M. Dowell and P. Jarratt, "A modified regula falsi method", BIT 11, 1971 (Illinois).
    """
    root_s, rows = np.empty_like(low_s), np.arange(len(low_s))
    (other_s, other), (time_s, value) = ((t, value_at(rows, t)) for t in (low_s, high_s))
    for _ in range(MOST_STEPS):
        rise = value - other
        back_s = np.divide(
            value * (time_s - other_s), rise, out=np.zeros_like(rise), where=rise != 0
        )
        root_s[rows] = new_s = time_s - back_s
        # Each row goes on until it is exact, whatever the others do.
        going = np.flatnonzero(np.abs(back_s) >= EXACT_ROOT_S)
        if not going.size:
            break
        rows = rows[going]
        new_s, time_s, value, other_s, other = (
            column[going] for column in (new_s, time_s, value, other_s, other)
        )
        new = value_at(rows, new_s)
        passed = (new >= 0) != (value >= 0)
        other_s, other = np.where(passed, time_s, other_s), np.where(passed, value, 0.5 * other)
        time_s, value = new_s, new
    return root_s


def find_lowest(value_at: Quantity, start_s: Floats, end_s: Floats) -> Floats:
    """Return when each row's quantity is least from its start to its end, both included.

    Any of several lows within ``SAMPLE_S`` may be taken for the least.
    """
    lowest_s = np.empty_like(start_s)
    for rows, samples in _batches(end_s - start_s):
        time_s = start_s[rows] + (end_s - start_s)[rows] * np.linspace(0.0, 1.0, samples)[:, None]
        lowest = np.argmin(value_at(rows, time_s), axis=0)
        before, after = np.maximum(lowest - 1, 0), np.minimum(lowest + 1, samples - 1)
        here = np.arange(len(rows))
        low_s, at_s, high_s = (time_s[k, here] for k in (before, lowest, after))
        found_s = _descend(value_at, rows, (low_s, at_s, high_s))
        better = value_at(rows, found_s) < value_at(rows, at_s)
        lowest_s[rows] = np.where(better, found_s, at_s)
    return lowest_s


def _batches(length_s: Floats) -> Iterator[tuple[Integers, int]]:
    """Yield (rows, samples of each), the longest first, so that memory stays bounded."""
    longest_first = np.argsort(-length_s)
    while longest_first.size:
        samples = max(math.ceil(float(length_s[longest_first[0]]) / SAMPLE_S), 2) + 1
        count = math.ceil(SAMPLES_AT_ONCE / samples)
        yield longest_first[:count], samples
        longest_first = longest_first[count:]


def _descend(
    value_at: Quantity, rows: Integers, bracket_s: tuple[Floats, Floats, Floats]
) -> Floats:
    """Follow parabolas through three points, ever nearer ones, to the low within a bracket."""
    low_s, time_s, high_s = bracket_s
    apart_s = 0.125 * (high_s - low_s)
    exact = np.zeros(len(rows), np.bool_)  # each row goes on until it is, whatever the others do
    for _ in range(MOST_STEPS):
        apart_s = np.maximum(apart_s, FINEST_S)
        before, at, after = value_at(rows, time_s + apart_s * np.array([[-1.0], [0.0], [1.0]]))
        bend, slope = before - 2.0 * at + after, 0.5 * (after - before)
        # A curve that bends down has its low at an end.
        down_s = -np.sign(slope) * (high_s - low_s)
        step_s = np.divide(-slope * apart_s, bend, out=down_s, where=bend > 0)
        new_s = np.where(exact, time_s, np.clip(time_s + step_s, low_s, high_s))
        exact |= np.abs(new_s - time_s) < EXACT_S
        time_s, apart_s = new_s, 0.125 * apart_s
        if exact.all():
            break
    return time_s
