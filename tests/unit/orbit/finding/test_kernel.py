from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.polynomial import polynomial

from orbit.ephemeris import LOW_STEP_S, is_low_and_near_circular, propagate
from orbit.finding import compiled, kernel
from orbit.look import look
from orbit.observers import Observers
from orbit.passes import find_passes

START = datetime(2026, 10, 10, tzinfo=UTC)
DAY = timedelta(days=1)
COLUMNS = ("observer", "aos_s", "culmination_s", "los_s", "max_elevation_deg", "always_up")

CIRCULAR = {
    "ISS": {},
    "97.5 deg": {"inclination_deg": 97.5, "mean_motion_rev_per_day": 15.2},
    "11.3 a day": {"inclination_deg": 144.0, "mean_motion_rev_per_day": 11.3},
    "16.3 a day": {"mean_motion_rev_per_day": 16.3, "bstar_per_earth_radius": 1e-6},
}
ECCENTRIC = {
    "eccentricity 0.015": {
        "inclination_deg": 66.0,
        "mean_motion_rev_per_day": 13.0,
        "eccentricity": 0.015,
    },
    "11.3 a day, eccentricity 0.015": {
        "inclination_deg": 180.0,
        "mean_motion_rev_per_day": 11.3,
        "eccentricity": 0.015,
    },
}
ORBITS = CIRCULAR | ECCENTRIC
THRESHOLDS_DEG = [-5.0, 0.0, 10.0, 60.0]


@pytest.fixture(scope="module")
def observers():
    """A hundred places spread over the Earth, the poles among them."""
    random = np.random.default_rng(20261010)
    sine, longitude_deg, height_m = random.uniform(-1, 1, (3, 100)) * [[1], [180], [4000]]
    latitude_deg = np.degrees(np.arcsin(sine))
    latitude_deg[:2] = 90.0, -90.0
    return Observers.at(latitude_deg, longitude_deg, height_m)


class Seen:
    """Passes of one orbit, each as its observer sees it: two polynomials, and the numbers of both.

    The polynomials are those that the search would take: about the grid point nearest to the
    culmination, as long as the threshold asks for.
    """

    def __init__(self, element_set, observers, threshold_deg):
        assert is_low_and_near_circular(element_set)
        ephemeris = propagate(element_set, START, START + DAY)
        passes = find_passes(ephemeris, observers, min_elevation_deg=threshold_deg, engine="numpy")
        half_s = (passes.los_s - passes.aos_s).max() / 2
        self.track = ephemeris.track(max(4, int(np.ceil((half_s + 90.0) / LOW_STEP_S))))
        self.piece = self.track.piece_at(passes.culmination_s)
        self.observer = passes.observer
        self.up = tuple(observers.up_itrs[self.observer].T)
        self.lift_km = observers.lift_km[self.observer]
        self.sink_km = observers.sink_km[self.observer]
        self.ground_km = np.linalg.norm(observers.position_itrs_km, axis=1)[self.observer]
        self.sine = np.full(len(passes), np.sin(np.radians(threshold_deg)))
        self.columns = self.track.columns[:, :, self.piece]
        height, squared_range = kernel.seen_by(
            self.columns.swapaxes(0, 1), self.up, self.lift_km, self.sink_km
        )
        self.height, self.squared_range = np.array(height), np.array(squared_range)

    def sine_elevation(self, x):
        """Return the sine of the elevation at x of each pass."""
        return _value(self.height, x) / np.sqrt(_value(self.squared_range, x))

    def climb(self, x):
        """Return something that is positive while the elevation grows."""
        h, q = self.height, self.squared_range
        h_slope, q_slope = polynomial.polyder(h), polynomial.polyder(q)
        return _value(h_slope, x) * _value(q, x) - 0.5 * _value(h, x) * _value(q_slope, x)

    def culmination(self):
        """Return x of each culmination, by bisection."""
        middle = np.zeros(len(self.piece))
        half_step = 1.5 * LOW_STEP_S / self.track.reach_s
        return _bisect(self.climb, middle - half_step, middle + half_step)

    def crossings(self):
        """Return x of each AOS and LOS, by bisection between the ends and the culmination."""
        top, end = self.culmination(), np.ones(len(self.piece))
        return tuple(
            _bisect(lambda x: self.sine_elevation(x) - self.sine, top, side) for side in (-end, end)
        )


def _value(p, x):
    return polynomial.polyval(x, p, tensor=False)


def _bisect(function, positive, negative):
    """Return where a function changes its sign between two columns of x."""
    positive, negative = np.broadcast_arrays(positive, negative)
    for _ in range(60):
        middle = (positive + negative) / 2
        up = function(middle) > 0
        positive, negative = np.where(up, middle, positive), np.where(up, negative, middle)
    return (positive + negative) / 2


@pytest.fixture(scope="module", params=ORBITS)
def orbit(request):
    """The name of an orbit."""
    return request.param


@pytest.fixture(scope="module", params=THRESHOLDS_DEG)
def seen(request, iss, observers, orbit):
    """A day of passes above a threshold."""
    return Seen(replace(iss, **ORBITS[orbit]), observers, request.param)


def test_seen_from(iss, observers, orbit):
    """The polynomials give the elevation and the range that the observer's position gives."""
    ephemeris = propagate(replace(iss, **ORBITS[orbit]), START, START + DAY)
    track = ephemeris.track()
    observer = np.arange(len(observers)).repeat(20)
    piece = np.random.default_rng(2).integers(0, len(track), len(observer))
    height, squared_range = kernel.seen_by(
        track.columns[:, :, piece].swapaxes(0, 1),
        tuple(observers.up_itrs[observer].T),
        observers.lift_km[observer],
        observers.sink_km[observer],
    )
    for off_s in (-59.0, 0.0, 40.0):
        x = off_s / track.reach_s
        sights = look(ephemeris, observers, observer, track.middle_s(piece) + off_s)
        range_km = np.sqrt(_value(squared_range, x))
        assert range_km == pytest.approx(sights.range_km, abs=1e-4)
        elevation_deg = np.degrees(np.arcsin(_value(height, x) / range_km))
        assert elevation_deg == pytest.approx(sights.elevation_deg, abs=1e-5)


def test_culmination(seen, orbit):
    """Two steps end where the elevation turns, with its sine and the curvature it has there."""
    x, h, q, c_slope = kernel.culminate(seen.height, seen.squared_range)
    expected = seen.culmination()
    within_s = 1e-6 if orbit in CIRCULAR else 1e-4
    assert np.abs(x - expected).max() * seen.track.reach_s <= within_s
    assert h / np.sqrt(q) == pytest.approx(seen.sine_elevation(expected), abs=1e-10)
    assert (c_slope < 0).all()
    bend = (seen.climb(expected + 1e-4) - seen.climb(expected - 1e-4)) / 2e-4
    assert c_slope == pytest.approx(bend, rel=1e-4)


def test_crossings(seen, orbit):
    """Two steps from the first guess end where the sine of the elevation is the threshold's."""
    x, h, q, c_slope = kernel.culminate(seen.height, seen.squared_range)
    half = kernel.half_duration(h, q, c_slope, seen.ground_km, seen.sine)
    found = kernel.aos_and_los(seen.height, seen.squared_range, x, half, seen.sine)
    within_s = 1e-5 if orbit in CIRCULAR else 1e-3
    for event, expected in zip(found, seen.crossings(), strict=True):
        assert np.abs(event - expected).max() * seen.track.reach_s <= within_s


def test_first_guess(seen, orbit):
    """Half of the duration is guessed so well that two steps are enough: that is their ground."""
    _, h, q, c_slope = kernel.culminate(seen.height, seen.squared_range)
    guess = kernel.half_duration(h, q, c_slope, seen.ground_km, seen.sine)
    aos, los = seen.crossings()
    half = (los - aos) / 2
    within = 0.002 if orbit in CIRCULAR else 0.02
    assert (np.abs(guess - half) <= within * half + 1e-6).all()


def test_touching_passes(seen):
    """A pass that only touches the threshold has AOS and LOS at its culmination."""
    x, h, q, c_slope = kernel.culminate(seen.height, seen.squared_range)
    sine = h / np.sqrt(q)
    half = kernel.half_duration(h, q, c_slope, seen.ground_km, sine)
    for event in kernel.aos_and_los(seen.height, seen.squared_range, x, half, sine):
        assert np.abs(event - x).max() * seen.track.reach_s <= 0.1


def test_numbers_and_columns(seen):
    """Each row of the columns is what its numbers alone give, to the last bit."""
    x, h, q, c_slope = kernel.culminate(seen.height, seen.squared_range)
    half = kernel.half_duration(h, q, c_slope, seen.ground_km, seen.sine)
    aos, los = kernel.aos_and_los(seen.height, seen.squared_range, x, half, seen.sine)
    for i in range(0, len(seen.piece), 29):
        height, squared_range = kernel.seen_by(
            seen.columns[:, :, i].T, [c[i] for c in seen.up], seen.lift_km[i], seen.sink_km[i]
        )
        one_x, *top = kernel.culminate(height, squared_range)
        one_half = kernel.half_duration(*top, seen.ground_km[i], seen.sine[i])
        crossings = kernel.aos_and_los(height, squared_range, one_x, one_half, seen.sine[i])
        assert height == tuple(seen.height[:, i])
        assert squared_range == tuple(seen.squared_range[:, i])
        assert (one_x, *top, one_half) == (x[i], h[i], q[i], c_slope[i], half[i])
        assert crossings == (aos[i], los[i])


@pytest.mark.parametrize("members", [1, 8, kernel.LANES, kernel.LANES + 1])
def test_the_loop_uncompiled(monkeypatch, iss, members):
    """The loop that is compiled finds, as plain Python, what numpy finds, to the last bit.

    Some members share a cell, as many as fill the lanes, or one more; some have cells of their own.
    The window begins and ends with a culmination, the first one in it and the first one after it.
    """
    latitude_deg = np.r_[np.linspace(52.1, 53.9, members), 10.0, -90.0]
    observers = Observers.at(latitude_deg, 13.0)
    ephemeris = propagate(iss, START, START + DAY / 2)
    tops_s = np.sort(find_passes(ephemeris, observers, engine="numpy").culmination_s)
    edges = [ephemeris.datetime_at(tops_s[len(tops_s) * part // 8]) for part in (1, 7)]
    ephemeris = propagate(iss, *edges)
    plain = find_passes(ephemeris, observers, engine="numpy")
    with monkeypatch.context() as patch, np.errstate(all="ignore"):  # as where it is compiled
        patch.setattr(compiled, "sweep", kernel.sweep)
        looped = find_passes(ephemeris, observers, engine="numba")
    assert len(plain) > members
    for column in COLUMNS:
        assert getattr(looped, column).tolist() == getattr(plain, column).tolist(), column
