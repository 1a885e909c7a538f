"""What must hold of the arithmetic of a pass, whatever the polynomials and the orbit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.polynomial import polynomial

from orbit.ephemeris import Track
from orbit.finding import kernel
from tle.motion.constants import GM_KM3_PER_S2

SOME = settings(max_examples=60, deadline=None)
GROUND_KM = 6371.0
STEP_S = 120

_numbers = st.floats(-100, 100)
_x = st.floats(-1.2, 1.2)
_polynomials = arrays(float, kernel.DEGREE + 1, elements=_numbers)


@SOME
@given(p=_polynomials, x=_x)
def test_polynomials_and_their_slopes(p, x):
    """A polynomial, its derivative and half the second one are what numpy says they are."""
    first, second = polynomial.polyder(p), polynomial.polyder(p, 2)
    value, slope, bend = kernel.bend(p, x)
    assert value == pytest.approx(polynomial.polyval(x, p), rel=1e-9, abs=1e-9)
    assert slope == pytest.approx(polynomial.polyval(x, first), rel=1e-9, abs=1e-9)
    assert bend == pytest.approx(polynomial.polyval(x, second) / 2, rel=1e-9, abs=1e-9)
    assert kernel.slope(p, x) == (value, slope)


@SOME
@given(h=_polynomials, q=_polynomials, x=_x)
def test_climb(h, q, x):
    """The climb is h' q - h q' / 2, and what comes with it is its derivative."""
    climbs = polynomial.polysub(
        polynomial.polymul(polynomial.polyder(h), q),
        polynomial.polymul(h, polynomial.polyder(q)) / 2,
    )
    climb, climb_slope = kernel.climb(kernel.bend(h, x), kernel.bend(q, x))
    assert climb == pytest.approx(polynomial.polyval(x, climbs), rel=1e-9, abs=1e-5)
    slope = polynomial.polyval(x, polynomial.polyder(climbs))
    assert climb_slope == pytest.approx(slope, rel=1e-9, abs=1e-5)


@SOME
@given(
    path=arrays(float, (3, kernel.DEGREE // 2 + 1), elements=_numbers),
    zenith=st.tuples(st.floats(-np.pi / 2, np.pi / 2), st.floats(-np.pi, np.pi)),
    lift=_numbers,
    sink=_numbers,
    x=_x,
)
def test_seen_from(path, zenith, lift, sink, x):
    """Height and squared range are those of the path from lift * up - sink * north pole.

    The squared radius of a path of half the degree is a polynomial without a remainder.
    """
    latitude, longitude = zenith
    cosine = np.cos(latitude)
    up = np.array([cosine * np.cos(longitude), cosine * np.sin(longitude), np.sin(latitude)])
    track = np.zeros((4, kernel.DEGREE + 1))
    track[:3, : path.shape[1]] = path
    track[3] = sum(np.convolve(each, each) for each in path)
    height, squared_range = kernel.seen_by(np.transpose(track), up, lift, sink)
    away = polynomial.polyval(x, path.T) - lift * up + [0.0, 0.0, sink]
    assert polynomial.polyval(x, height) == pytest.approx(up @ away, abs=1e-7)
    assert polynomial.polyval(x, squared_range) == pytest.approx(away @ away, abs=1e-5)


@SOME
@given(
    altitude_km=st.floats(160, 2000),
    threshold_deg=st.floats(-5, 89),
    aside=st.floats(0, 0.999),
    late_s=st.floats(-90, 90),
)
def test_circles(altitude_km, threshold_deg, aside, late_s):
    """Of a circle about a ball all is known in closed form, and all is found.

    Args:
        altitude_km: of the circle.
        threshold_deg: of AOS and LOS.
        aside: how far to the side the observer stands: 1 would only touch the threshold.
        late_s: the culmination, from the middle of the polynomial.
    """
    radius_km = GROUND_KM + altitude_km
    rate_rad_s = np.sqrt(GM_KM3_PER_S2 / radius_km**3)
    sine = np.sin(np.radians(threshold_deg))
    farthest_rad = np.arccos(GROUND_KM / radius_km * np.sqrt(1 - sine**2)) - np.arcsin(sine)
    aside_rad = aside * farthest_rad
    half_s = np.arccos(np.cos(farthest_rad) / np.cos(aside_rad)) / rate_rad_s

    reach = max(4, int(np.ceil((half_s + 90.0) / STEP_S)))
    angle_rad = rate_rad_s * (np.arange(-reach, reach + 1) * STEP_S - late_s)
    position_km = radius_km * np.stack(
        [np.cos(angle_rad), np.sin(angle_rad), np.zeros_like(angle_rad)], axis=-1
    )
    track = Track.through(position_km, step_s=STEP_S, reach=reach)
    up = (np.cos(aside_rad), 0.0, np.sin(aside_rad))
    height, squared_range = kernel.seen_by(track.coefficients[0].T, up, GROUND_KM, 0.0)

    x, h, q, c_slope = kernel.culminate(height, squared_range)
    half = kernel.half_duration(h, q, c_slope, GROUND_KM, sine)
    aos, los = kernel.aos_and_los(height, squared_range, x, half, sine)
    assert x * track.reach_s == pytest.approx(late_s, abs=1e-3)
    assert half * track.reach_s == pytest.approx(half_s, rel=1e-4)
    assert aos * track.reach_s == pytest.approx(late_s - half_s, abs=2e-3)
    assert los * track.reach_s == pytest.approx(late_s + half_s, abs=2e-3)
    range_km = np.sqrt(GROUND_KM**2 + radius_km**2 - 2 * GROUND_KM * radius_km * np.cos(aside_rad))
    assert np.sqrt(q) == pytest.approx(range_km, abs=1e-3)
    assert h == pytest.approx(radius_km * np.cos(aside_rad) - GROUND_KM, abs=1e-3)
