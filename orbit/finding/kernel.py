"""The arithmetic of one pass of a low, near-circular satellite.

Seen by one observer, all of a pass is in two polynomials of time: how high the satellite stands
above the plane of the horizon, h, and the square of its distance, q. The sine of the elevation is
h / sqrt(q). Newton's method finds where that is greatest and where it equals the threshold, from
starting values so good that two steps are enough. docs/passes.md derives every formula.

Everything here is straight-line arithmetic: it takes columns, one row a candidate, or single
numbers. numpy runs it on columns; ``orbit/finding/compiled.py`` compiles the same lines for single
numbers, in a loop without a branch, which is what lets the processor take several candidates at
once.

Times are in the variable of the polynomials, x: from -1 to 1 over ``2 * reach_s``.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from orbit import ephemeris
from tle.columns import Floats, Integers

DEGREE = ephemeris.DEGREE  # whoever changes it has to write ``_load`` anew, so this file as well
LANES = 64
HALF = (DEGREE + 1) * LANES

# Columns for numpy, numbers where it is compiled.
Number = Any
Vector = Any  # three of them
Polynomial = Any  # DEGREE + 1 of them, lowest power first
Derivatives = Any  # p(x), p'(x) and p''(x) / 2


def seen_from(
    track: Vector, squared_radius: Number, up: Vector, twice_lift: Number, twice_sink: Number
) -> tuple[Number, Number]:
    """Reduce one power of a satellite's track to what one observer sees of it.

    Args:
        track: the power's coefficients of the Earth-fixed coordinates, km.
        squared_radius: that of the squared distance from the Earth's centre, km^2.
        up: the observer's zenith, a unit vector.
        twice_lift: double of how far the observer stands along the zenith, km, from...
        twice_sink: ...so far below the Earth's centre: position = lift * up - sink * north pole.

    Returns:
        The power's coefficients of the height above the plane through the Earth's centre, and of
        the squared range: the track along the zenith, and along the pole besides. ``ground`` is
        what the observer's own place adds to the lowest power.
    """
    along = up[0] * track[0]
    along += up[1] * track[1]
    along += up[2] * track[2]
    return along, squared_radius - twice_lift * along + twice_sink * track[2]


def ground(up: Vector, lift: Number, sink: Number) -> tuple[Number, Number]:
    """Return minus the height of the plane of the horizon, and the observer's squared radius."""
    return sink * up[2] - lift, lift * lift + sink * (sink - 2.0 * lift * up[2])


def seen_by(
    powers: Iterable[Floats], up: Floats, lift: Floats, sink: Floats
) -> tuple[Polynomial, Polynomial]:
    """Reduce whole tracks for columns of observers.

    Args:
        powers: of the tracks, the lowest first: coefficients as in ``Track``, shape (4, n).
        up: as in ``seen_from``.
        lift: as in ``seen_from``, but not doubled.
        sink: as in ``seen_from``, but not doubled.

    Returns:
        The polynomials of the height above the plane of the horizon, h = up . (track - position),
        and of the squared range, q = |track - position|^2.
    """
    twice = 2.0 * lift, 2.0 * sink
    reduced = [seen_from(power[:3], power[3], up, *twice) for power in powers]
    height, squared_range = zip(*reduced, strict=True)
    above, squared_ground = ground(up, lift, sink)
    return (height[0] + above, *height[1:]), (squared_range[0] + squared_ground, *squared_range[1:])


def slope(p: Polynomial, x: Number) -> tuple[Number, Number]:
    """Return p(x) and p'(x): Horner's rule, and Horner's rule on what it leaves behind."""
    top = len(p) - 1
    value = p[top] * x
    value += p[top - 1]
    first = p[top] * x
    first += value
    for k in range(top - 2, 0, -1):
        value *= x
        value += p[k]
        first *= x
        first += value
    value *= x
    value += p[0]
    return value, first


def bend(p: Polynomial, x: Number) -> Derivatives:
    """Return p(x), p'(x) and p''(x) / 2."""
    top = len(p) - 1
    value = p[top] * x
    value += p[top - 1]
    first = p[top] * x
    first += value
    half_second = p[top] * x
    half_second += first
    for k in range(top - 2, 1, -1):
        value *= x
        value += p[k]
        first *= x
        first += value
        half_second *= x
        half_second += first
    value *= x
    value += p[1]
    first *= x
    first += value
    value *= x
    value += p[0]
    return value, first, half_second


def climb(h: Derivatives, q: Derivatives) -> tuple[Number, Number]:
    """Return how the elevation climbs, c = h' q - h q' / 2, and c'.

    The elevation's sine is h / sqrt(q), its derivative c / q^(3/2): it turns where c vanishes.
    """
    c = h[1] * q[0] - 0.5 * h[0] * q[1]
    return c, 2.0 * h[2] * q[0] + 0.5 * h[1] * q[1] - h[0] * q[2]


def culminate(
    height: Polynomial, squared_range: Polynomial
) -> tuple[Number, Number, Number, Number]:
    """Return x of the culmination; h, q and c' there.

    The start is where the height turns, by one step of Newton's method from the middle; that the
    range turns elsewhere, and that the height is more than a parabola, is left to two more.
    """
    x = -0.5 * height[1] / height[2]
    # Near the middle the first powers tell all that a first step needs.
    c, c_slope = climb(bend(height[:5], x), bend(squared_range[:5], x))
    x = x - c / c_slope
    h, q = bend(height, x), bend(squared_range, x)
    c, c_slope = climb(h, q)
    step = -c / c_slope  # milliseconds: three terms of Taylor's series are more than enough
    h_top = h[0] + step * (h[1] + step * h[2])
    q_top = q[0] + step * (q[1] + step * q[2])
    return x + step, h_top, q_top, c_slope


def half_duration(h: Number, q: Number, c_slope: Number, radius: Number, sine: Number) -> Number:
    """Return how far from the culmination AOS and LOS are, roughly, however low the pass.

    As if the satellite went round the Earth's centre on a circle through its place at culmination,
    and turned there as it truly does: the angle from the top then follows from how much higher it
    stands than where it crosses the threshold.

    Args:
        h: height at the culmination, km.
        q: squared range there, km^2.
        c_slope: c' there.
        radius: distance of the observer from the Earth's centre, km.
        sine: of the threshold's elevation.
    """
    edge_range = np.sqrt(q + 2.0 * radius * h + (radius * sine) ** 2) - radius * sine
    rise = abs(h - sine * edge_range)
    # (angle / 2)^2 = arcsin(sqrt(versine / 2))^2, as a series in versine = 1 - cos(angle)
    versine = rise / (radius + h)
    series = 1.0 + versine * (1.0 / 6.0 + versine * (2.0 / 45.0 + versine / 70.0))
    # Not quite zero: a pass that only touches the threshold has no slope to divide by.
    return np.sqrt(2.0 * series * rise * (q + radius * h) / abs(c_slope) + 1e-18)


def cross(height: Polynomial, squared_range: Polynomial, x: Number, sine: Number) -> Number:
    """Return where h = sine sqrt(q), by one step of Newton's method from x; two are enough."""
    h, h_slope = slope(height, x)
    q, q_slope = slope(squared_range, x)
    r = np.sqrt(q)
    return x - (h - sine * r) * r / (h_slope * r - 0.5 * sine * q_slope)


def aos_and_los(
    height: Polynomial, squared_range: Polynomial, x: Number, half: Number, sine: Number
) -> tuple[Number, Number]:
    """Return x of AOS and of LOS, from the culmination and half of the duration, roughly."""
    aos = cross(height, squared_range, x - half, sine)
    los = cross(height, squared_range, x + half, sine)
    return cross(height, squared_range, aos, sine), cross(height, squared_range, los, sine)


def sweep(  # noqa: PLR0917 - compiled code is called by position
    first: Integers,
    columns: Floats,
    cell: Integers,
    piece: Integers,
    coefficients: Floats,
    middle_s: Floats,
    reach_s: float,
    start_s: float,
    end_s: float,
    member: Integers,
    found: Floats,
) -> int:
    """Keep the passes of a block's candidates: the loop that ``compiled.py`` compiles.

    Args:
        first: as in ``Block``.
        columns: as in ``Block``.
        cell: as in ``Block``.
        piece: as in ``Block``.
        coefficients: of the track, shape (pieces, 4, DEGREE + 1).
        middle_s: the time of each approach's piece.
        reach_s: half the span of each piece.
        start_s: culminations lie from here...
        end_s: ...to before here.
        member: takes the member of each pass, shape (candidates,).
        found: takes AOS, culmination and LOS (s) and the sine of the highest elevation of each
            pass, shape (4, candidates).

    Returns:
        How many passes there are; they stand by member and time.
    """
    seen, work = np.empty(7 * LANES), np.empty(19 * LANES)
    solved = np.empty((len(cell), 4 * LANES))  # far too many rows; those not used cost nothing
    count, begin = 0, 0
    while begin < len(cell):
        end = begin
        while end < len(cell) and cell[end] == cell[begin]:
            end += 1
        last = first[cell[begin] + 1]
        for start in range(first[cell[begin]], last, LANES):
            lanes = min(LANES, last - start)
            full = (lanes + 3) // 4 * 4  # the last member fills up what the processor takes at once
            for column in range(7):
                for i in range(full):
                    seen[column * LANES + i] = columns[column, min(start + i, last - 1)]
            for k in range(begin, end):
                solve(coefficients[piece[k]], seen, work, solved[k - begin], full)
            for i in range(lanes):
                for k in range(begin, end):
                    x = solved[k - begin]
                    culmination_s = middle_s[k] + x[LANES + i] * reach_s
                    rises = x[3 * LANES + i] >= seen[6 * LANES + i]
                    if rises and start_s <= culmination_s < end_s:
                        member[count] = start + i
                        found[0, count] = middle_s[k] + x[i] * reach_s
                        found[1, count] = culmination_s
                        found[2, count] = middle_s[k] + x[2 * LANES + i] * reach_s
                        found[3, count] = x[3 * LANES + i]
                        count += 1
        begin = end
    return count


def solve(track: Floats, seen: Floats, work: Floats, solved: Floats, lanes: int) -> None:
    """Solve one piece of the track for up to LANES members of a cell.

    The arrays are columns of LANES numbers, one behind the other: with offsets that are known to
    the compiler, it works on as many lanes at once as the processor has. One loop a step, so that
    the processor can begin with the next lanes before it has finished these.

    Args:
        track: coefficients of the piece.
        seen: zenith (3), lift, sink, distance from the Earth's centre, sine of the threshold.
        work: room for 2 * (DEGREE + 1) + 1 columns.
        solved: takes x of AOS, culmination and LOS, and the sine of the highest elevation.
        lanes: how many members.
    """
    for k in range(DEGREE + 1):
        x, y, z, squared_radius = track[0, k], track[1, k], track[2, k], track[3, k]
        for i in range(lanes):
            up = (seen[i], seen[LANES + i], seen[2 * LANES + i])
            lift, sink = seen[3 * LANES + i], seen[4 * LANES + i]
            h, q = seen_from((x, y, z), squared_radius, up, 2.0 * lift, 2.0 * sink)
            work[k * LANES + i] = h
            work[HALF + k * LANES + i] = q
    for i in range(lanes):
        up = (seen[i], seen[LANES + i], seen[2 * LANES + i])
        above, squared_ground = ground(up, seen[3 * LANES + i], seen[4 * LANES + i])
        work[i] += above
        work[HALF + i] += squared_ground
    for i in range(lanes):
        height, squared_range = _load(work, i), _load(work, HALF + i)
        x, h, q, c_slope = culminate(height, squared_range)
        half = half_duration(h, q, c_slope, seen[5 * LANES + i], seen[6 * LANES + i])
        work[2 * HALF + i] = half
        solved[LANES + i] = x
        solved[3 * LANES + i] = h / np.sqrt(q)
    for i in range(lanes):
        height, squared_range = _load(work, i), _load(work, HALF + i)
        x, half, sine = solved[LANES + i], work[2 * HALF + i], seen[6 * LANES + i]
        aos, los = aos_and_los(height, squared_range, x, half, sine)
        solved[i] = aos
        solved[2 * LANES + i] = los


def _load(work: Floats, i: int) -> Polynomial:
    return (
        work[i],
        work[LANES + i],
        work[2 * LANES + i],
        work[3 * LANES + i],
        work[4 * LANES + i],
        work[5 * LANES + i],
        work[6 * LANES + i],
        work[7 * LANES + i],
        work[8 * LANES + i],
    )


# How it is compiled stands here too, since numba compiles anew only when this file has changed.
# It takes several candidates at once only if these functions are laid out inside the loops of
# ``solve``, and if dividing by zero need not raise an error.
INLINED = (
    seen_from,
    ground,
    slope,
    bend,
    climb,
    culminate,
    half_duration,
    cross,
    aos_and_los,
    _load,
)
ARITHMETIC: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract", "nsz", "arcp"}}
