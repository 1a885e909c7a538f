"""The arithmetic of one pass of a low, near-circular satellite.

Seen by one observer, all of a pass is in two polynomials of time: how high the satellite stands
above the plane of the horizon, h, and the square of its distance, q. The sine of the elevation is
h / sqrt(q). Newton's method finds where that is greatest and where it equals the threshold, from
starting values so good that two steps are enough. docs/passes.md derives every formula.

Everything here is straight-line arithmetic: it takes columns, one row a candidate, or single
numbers. numpy runs it on columns; ``orbit/fast.py`` compiles the same lines for single numbers, in
a loop without a branch, which is what lets the processor take several candidates at once.

Times are in the variable of the polynomials, x: from -1 to 1 over ``2 * reach_s``.
"""

from typing import Any

import numpy as np

from orbit.earth import Floats, Integers

DEGREE = 8
LANES = 64
HALF = (DEGREE + 1) * LANES

# Columns for numpy, numbers where it is compiled.
Number = Any
Vector = Any  # three of them
Polynomial = Any  # DEGREE + 1 of them, lowest power first
Derivatives = Any  # p(x), p'(x) and p''(x) / 2
Track = Any  # four polynomials


def seen_from(
    track: Track, up: Vector, lift: Number, sink: Number
) -> tuple[Polynomial, Polynomial]:
    """Reduce the track of a satellite to what one observer sees of it.

    Args:
        track: four polynomials: the Earth-fixed coordinates (km) and the squared radius (km^2).
        up: the observer's zenith, a unit vector.
        lift: the observer's distance along the zenith, km, from...
        sink: ...so far below the Earth's centre: position = lift * up - sink * north pole.

    Returns:
        The polynomials of the height above the horizon's plane, h = up . (track - position), and of
        the squared range, q = |track - position|^2. Both need the track along the zenith; the range
        needs it along the pole besides.
    """
    along = (
        _along(up, track, 0),
        _along(up, track, 1),
        _along(up, track, 2),
        _along(up, track, 3),
        _along(up, track, 4),
        _along(up, track, 5),
        _along(up, track, 6),
        _along(up, track, 7),
        _along(up, track, 8),
    )
    height = (along[0] - lift + sink * up[2], *along[1:])
    squared_ground = lift * lift + sink * (sink - 2.0 * lift * up[2])
    lift, sink = 2.0 * lift, 2.0 * sink
    squared_range = (
        track[3][0] - lift * along[0] + sink * track[2][0] + squared_ground,
        track[3][1] - lift * along[1] + sink * track[2][1],
        track[3][2] - lift * along[2] + sink * track[2][2],
        track[3][3] - lift * along[3] + sink * track[2][3],
        track[3][4] - lift * along[4] + sink * track[2][4],
        track[3][5] - lift * along[5] + sink * track[2][5],
        track[3][6] - lift * along[6] + sink * track[2][6],
        track[3][7] - lift * along[7] + sink * track[2][7],
        track[3][8] - lift * along[8] + sink * track[2][8],
    )
    return height, squared_range


def _along(axis: Vector, track: Track, power: int) -> Number:
    return axis[0] * track[0][power] + axis[1] * track[1][power] + axis[2] * track[2][power]


def slope(p: Polynomial, x: Number) -> tuple[Number, Number]:
    """Return p(x) and p'(x): Horner's rule, and Horner's rule on what it leaves behind."""
    value = p[DEGREE] * x
    value += p[DEGREE - 1]
    slope = p[DEGREE] * x
    slope += value
    for k in range(DEGREE - 2, 0, -1):
        value *= x
        value += p[k]
        slope *= x
        slope += value
    value *= x
    value += p[0]
    return value, slope


def bend(p: Polynomial, x: Number) -> Derivatives:
    """Return p(x), p'(x) and p''(x) / 2."""
    value = p[DEGREE] * x
    value += p[DEGREE - 1]
    slope = p[DEGREE] * x
    slope += value
    bend = p[DEGREE] * x
    bend += slope
    for k in range(DEGREE - 2, 1, -1):
        value *= x
        value += p[k]
        slope *= x
        slope += value
        bend *= x
        bend += slope
    value *= x
    value += p[1]
    slope *= x
    slope += value
    value *= x
    value += p[0]
    return value, slope, bend


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
    c, c_slope = climb(bend(height, x), bend(squared_range, x))
    x = x - c / c_slope
    h, q = bend(height, x), bend(squared_range, x)
    c, c_slope = climb(h, q)
    step = -c / c_slope  # a millisecond: three terms of Taylor's series are more than enough
    h_top = h[0] + step * (h[1] + step * h[2])
    q_top = q[0] + step * (q[1] + step * q[2])
    return x + step, h_top, q_top, c_slope


def half_duration(h: Number, q: Number, c_slope: Number, ground: Number, sine: Number) -> Number:
    """Return how far from the culmination AOS and LOS are, roughly, however low the pass.

    As if the satellite went round the Earth's centre on a circle through its place at culmination,
    and turned there as it truly does: the angle from the top then follows from how much higher it
    stands than where it crosses the threshold.

    Args:
        h: height at the culmination, km.
        q: squared range there, km^2.
        c_slope: c' there.
        ground: distance of the observer from the Earth's centre, km.
        sine: of the threshold's elevation.
    """
    edge_range = np.sqrt(q + 2.0 * ground * h + (ground * sine) ** 2) - ground * sine
    rise = abs(h - sine * edge_range)
    # (angle / 2)^2 = arcsin(sqrt(versine / 2))^2, as a series in versine = 1 - cos(angle)
    versine = rise / (ground + h)
    series = 1.0 + versine * (1.0 / 6.0 + versine * (2.0 / 45.0 + versine / 70.0))
    # Not quite zero: a pass that only touches the threshold has no slope to divide by.
    return np.sqrt(2.0 * series * rise * (q + ground * h) / abs(c_slope) + 1e-18)


def cross(height: Polynomial, squared_range: Polynomial, x: Number, sine: Number) -> Number:
    """Return where h = sine sqrt(q), by one step of Newton's method from x."""
    h, h_slope = slope(height, x)
    q, q_slope = slope(squared_range, x)
    r = np.sqrt(q)
    return x - (h - sine * r) * r / (h_slope * r - 0.5 * sine * q_slope)


def crossings(
    height: Polynomial, squared_range: Polynomial, x: Number, half: Number, sine: Number
) -> tuple[Number, Number]:
    """Return x of AOS and of LOS, from the culmination and half of the duration, roughly."""
    aos = cross(height, squared_range, x - half, sine)
    los = cross(height, squared_range, x + half, sine)
    return cross(height, squared_range, aos, sine), cross(height, squared_range, los, sine)


def search(  # noqa: PLR0917 - compiled code is called by position
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
    """Keep the passes of a block's candidates: the loop that ``orbit/fast.py`` compiles.

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
    solved = np.empty((len(cell), 4 * LANES))
    count, begin = 0, 0
    while begin < len(cell):
        end = begin
        while end < len(cell) and cell[end] == cell[begin]:
            end += 1
        last = first[cell[begin] + 1]
        for start in range(first[cell[begin]], last, LANES):
            lanes = min(LANES, last - start)
            full = (lanes + 7) // 8 * 8  # the last member fills up what the processor takes at once
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
        seen: zenith (3), lift, sink, ground and sine of the threshold.
        work: room for 2 * (DEGREE + 1) + 1 columns.
        solved: takes x of AOS, culmination and LOS, and the sine of the highest elevation.
        lanes: how many members.
    """
    polynomials = (_powers(track[0]), _powers(track[1]), _powers(track[2]), _powers(track[3]))
    for i in range(lanes):
        up = (seen[i], seen[LANES + i], seen[2 * LANES + i])
        height, squared_range = seen_from(polynomials, up, seen[3 * LANES + i], seen[4 * LANES + i])
        _store(height, work, i)
        _store(squared_range, work, HALF + i)
    for i in range(lanes):
        height, squared_range = _load(work, i), _load(work, HALF + i)
        ground, sine = seen[5 * LANES + i], seen[6 * LANES + i]
        x, h, q, c_slope = culminate(height, squared_range)
        work[2 * HALF + i] = half_duration(h, q, c_slope, ground, sine)
        solved[LANES + i] = x
        solved[3 * LANES + i] = h / np.sqrt(q)
    for i in range(lanes):
        height, squared_range = _load(work, i), _load(work, HALF + i)
        x, half, sine = solved[LANES + i], work[2 * HALF + i], seen[6 * LANES + i]
        aos, los = crossings(height, squared_range, x, half, sine)
        solved[i] = aos
        solved[2 * LANES + i] = los


def _powers(p: Floats) -> Polynomial:
    return p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]


def _store(p: Polynomial, work: Floats, i: int) -> None:
    work[i] = p[0]
    work[LANES + i] = p[1]
    work[2 * LANES + i] = p[2]
    work[3 * LANES + i] = p[3]
    work[4 * LANES + i] = p[4]
    work[5 * LANES + i] = p[5]
    work[6 * LANES + i] = p[6]
    work[7 * LANES + i] = p[7]
    work[8 * LANES + i] = p[8]


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


# What stands inside the loops of ``solve``, and has to be laid out there.
COMPILED = (
    seen_from,
    _along,
    slope,
    bend,
    climb,
    culminate,
    half_duration,
    cross,
    crossings,
    _powers,
    _store,
    _load,
)
