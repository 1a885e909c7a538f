"""Which cells a satellite comes near to, and when: a scan that costs almost nothing."""

import numpy as np

from orbit.ephemeris import SCAN_S, Ephemeris
from tle.columns import Floats, Integers

# What the scan may be wrong by: the zenith leans from the geocentric direction by 0.0034 at most,
# and three points do not quite lie on a cosine (0.0051 at most, for the lowest orbits).
SLACK_RAD = 0.01
SLACK_S = 120.0


def find_approaches(
    ephemeris: Ephemeris, centre: Floats, farthest_rad: Floats
) -> tuple[Integers, Floats]:
    """Find the approaches to within an angle at the Earth's centre, and a little more.

    Seen from a cell, the cosine of the angle to the satellite is nearly a cosine of time, so three
    points eight minutes apart tell when it is greatest, and how great.

    Args:
        ephemeris: of a low, near-circular satellite.
        centre: unit vectors of the cells, shape (c, 3).
        farthest_rad: the angle for each cell, shape (c,).

    Returns:
        The cell of each approach, and its time from the first grid point, in that order.
    """
    toward = ephemeris.scan_itrs
    turn = np.arccos(np.einsum("tc,tc->t", toward[1:], toward[:-1]))
    cosine = centre.astype(np.float32) @ toward.astype(np.float32).T

    # The middle one of the three points is within half a turn of the closest approach.
    farthest_rad = farthest_rad + SLACK_RAD
    near = np.cos(farthest_rad + 0.55 * turn.max()).astype(np.float32)
    cell, point = np.divmod(np.flatnonzero(cosine[:, 1:-1] > near[:, None]), cosine.shape[1] - 2)
    middle = cell * cosine.shape[1] + point + 1
    before, at, after = (cosine.ravel()[middle + offset] for offset in (-1, 0, 1))
    top = np.flatnonzero((at >= before) & (at > after))
    cell, point, before, at, after = (a[top] for a in (cell, point, before, at, after))

    # at = A cos(beyond), before = A cos(turned + beyond), after = A cos(turns - beyond)
    cos_turn, sin_turn = np.cos(turn), np.sin(turn)
    beyond = np.arctan2(
        after - before + at * (cos_turn[point] - cos_turn[point + 1]),
        at * (sin_turn[point] + sin_turn[point + 1]),
    )
    turned = turn[np.where(beyond < 0, point, point + 1)]
    time_s = (point + 1 + beyond / turned) * SCAN_S
    start_s, end_s = ephemeris.window_s
    chosen = np.flatnonzero(
        (at > np.cos(farthest_rad).astype(np.float32)[cell] * np.cos(beyond))
        & (time_s > start_s - SLACK_S)
        & (time_s < end_s + SLACK_S)
    )
    return cell[chosen], time_s[chosen]
