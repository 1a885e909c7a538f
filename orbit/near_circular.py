"""The fast path: passes of a low, near-circular satellite, one culmination each.

Seen by one observer, everything about a pass is in two polynomials of time: how high the satellite
stands above the plane of the horizon, and the square of its distance. The sine of the elevation is
the one divided by the root of the other. Newton's method finds where it is greatest and where it
crosses the threshold; the starting values come from the circle that osculates the track.
"""

import math

import numpy as np

from orbit.arc import Arc, find_extreme, value
from orbit.crossings import Crossings
from orbit.earth import Floats, Integers
from orbit.ephemeris import STEP_S, Ephemeris
from orbit.observers import Observers

GRID_STEP_MARGIN_RAD = 0.039  # a satellite's way in half a grid step, at most
GEODETIC_MARGIN_RAD = 0.004  # the ellipsoid's normal leans from the geocentric by 0.0034 at most
CROSSING_STEPS = 4


def find_crossings(
    ephemeris: Ephemeris, observers: Observers, block: slice, sin_threshold: Floats
) -> Crossings:
    """Find the passes of a block of observers; ``sin_threshold`` has a row for every observer."""
    observer, piece, nearness = _approaches(ephemeris, observers, block, sin_threshold)
    arc = Arc.of(ephemeris, observers, observer, piece)
    culmination = find_extreme(arc, nearness)
    rising = arc.sin_elevation(culmination) >= sin_threshold[observer]
    observer, piece, culmination = observer[rising], piece[rising], culmination[rising]
    arc = arc.take(np.flatnonzero(rising))
    ground_km = np.linalg.norm(observers.position_itrs_km[observer], axis=1)
    half = _half_duration(arc, culmination, ground_km, sin_threshold[observer])
    aos = _crossing(arc, culmination - half, sin_threshold[observer])
    los = _crossing(arc, culmination + half, sin_threshold[observer])
    at = (piece + ephemeris.reach) * float(STEP_S)
    reach_s = ephemeris.reach_s
    return Crossings(
        observer=observer,
        aos_s=at + aos * reach_s,
        culmination_s=at + culmination * reach_s,
        los_s=at + los * reach_s,
        always_up=np.zeros(len(observer), np.bool_),
    )


def _approaches(
    ephemeris: Ephemeris, observers: Observers, block: slice, sin_threshold: Floats
) -> tuple[Integers, Integers, Floats]:
    """Return (observer, piece, x) about each closest approach that could be a pass.

    x is where the parabola through three grid points has its top, in the piece's variable.
    """
    pieces = ephemeris.pieces
    points = slice(pieces.start - 1, pieces.stop + 1)
    radius_km = ephemeris.radius_km[points]
    toward = (ephemeris.position_itrs_km[points] / radius_km[:, None]).astype(np.float32)
    position = observers.position_itrs_km[block]
    ground_km = np.linalg.norm(position, axis=1)
    cos_angle = (position / ground_km[:, None]).astype(np.float32) @ toward.T
    farthest_rad = (
        _central_angle(ground_km / radius_km.max(), sin_threshold[block])
        + GRID_STEP_MARGIN_RAD
        + GEODETIC_MARGIN_RAD
    )
    near = cos_angle[:, 1:-1] > np.cos(farthest_rad).astype(np.float32)[:, None]
    flat = np.flatnonzero(near)
    row, piece = np.divmod(flat, len(pieces))
    here = row * cos_angle.shape[1] + piece + 1
    before, at, after = (cos_angle.ravel()[here + offset] for offset in (-1, 0, 1))
    top = (at >= before) & (at > after)
    row, piece, before, at, after = (a[top] for a in (row, piece, before, at, after))
    parabola_top = 0.5 * (before - after) / (before - 2 * at + after)
    return row + block.start, piece, parabola_top.astype(float) / ephemeris.reach


def _central_angle(radius_ratio: Floats, sin_elevation: Floats) -> Floats:
    """Return the angle at the Earth's centre between observer and satellite, on a sphere."""
    elevation = np.arcsin(sin_elevation)
    return np.asarray(np.arccos(np.minimum(radius_ratio * np.cos(elevation), 1.0)) - elevation)


def _half_duration(
    arc: Arc, culmination: Floats, ground_km: Floats, sin_threshold: Floats
) -> Floats:
    """Return a first guess of half the pass, in the variable of the pieces.

    On a circle the central angle psi obeys cos(psi) = cos(psi_top) cos(w t). The rate w is taken
    from the curvature of sin(elevation) at the top, so the guess is exact to leading order however
    low the pass.
    """
    height, height_slope, height_bend = value(arc.height_km, culmination)
    squared, squared_slope, squared_bend = value(arc.squared_range_km2, culmination)
    range_km = np.sqrt(squared)
    sin_top = np.minimum(height / range_km, 1.0)
    excess_slope = 2 * height_bend * squared + 0.5 * height_slope * squared_slope
    curvature = (excess_slope - height * squared_bend) / (squared * range_km)

    # The radius that a sphere needs to put the satellite this far away at this elevation.
    radius_km = np.sqrt(ground_km**2 + squared + 2 * ground_km * height)
    ratio = ground_km / radius_km
    cos_top = np.cos(_central_angle(ratio, sin_top))
    cos_edge = np.cos(_central_angle(ratio, sin_threshold))
    sine_per_cosine = radius_km / range_km + (
        (radius_km * cos_top - ground_km) * radius_km * ground_km / range_km**3
    )
    rate = np.sqrt(np.maximum(-curvature / (sine_per_cosine * cos_top), 1e-9))
    half = np.arccos(np.clip(cos_edge / cos_top, -1.0, 1.0)) / rate
    return np.asarray(np.minimum(half, 1.0))


def _crossing(arc: Arc, start: Floats, sin_threshold: Floats) -> Floats:
    """Return where height = sin(threshold) range, from a start on the right side of the top."""
    x = start
    for _ in range(CROSSING_STEPS):
        height, height_slope, _ = value(arc.height_km, x)
        squared, squared_slope, _ = value(arc.squared_range_km2, x)
        range_km = np.sqrt(squared)
        excess = height - sin_threshold * range_km
        slope = height_slope - sin_threshold * squared_slope / (2 * range_km)
        # Where a pass just grazes, the slope may vanish; the start is then already the answer.
        step = np.divide(excess, slope, out=np.zeros_like(x), where=np.abs(slope) > math.ulp(1e6))
        x = np.clip(x - step, -1.0, 1.0)
    return x
