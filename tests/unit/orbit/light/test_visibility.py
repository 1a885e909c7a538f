import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.api import EarthSatellite, Loader, wgs84
from skyfield.nutationlib import iau2000b_radians
from skyfield_data import get_skyfield_data_path

from orbit.ephemeris import propagate
from orbit.light.sun import sun_position_itrs_km
from orbit.light.visibility import DARK_SUN_ELEVATION_DEG, sun_elevation_deg, sunlit_margin_deg
from orbit.observers import Observers
from orbit.passes import find_passes
from tle.motion.propagation import to_satrec

START = datetime(2026, 10, 10, tzinfo=UTC)
PLACES = [(52.52, 13.41), (-33.9, 18.4), (64.1, -21.9), (0.0, 180.0), (40.7, -74.0), (30.3, 120.2)]
UNDECIDED_DEG = 0.02
SAMPLES = 150


def _data_path():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # other files of the package have expired
        return get_skyfield_data_path()


def _polar(iss):
    return replace(iss, inclination_deg=97.5, mean_motion_rev_per_day=15.0)


def _geostationary(iss):
    return replace(iss, mean_motion_rev_per_day=1.0027, eccentricity=0.0002, inclination_deg=0.05)


def _eccentric(iss):
    return replace(
        iss,
        mean_motion_rev_per_day=2.006,
        eccentricity=0.72,
        inclination_deg=63.4,
        argument_of_perigee_deg=270.0,
    )


ORBITS = {
    "low": lambda iss: iss,
    "polar": _polar,
    "eccentric": _eccentric,
    "geostationary": _geostationary,
}


def _find(element_set, observers, *, days=5.0, start=START):
    ephemeris = propagate(element_set, start, start + timedelta(days=days))
    return find_passes(ephemeris, observers)


def _everywhere():
    return Observers.at(*np.array([*PLACES, (78.2, 15.6), (-69.0, 39.6), (90.0, 0.0)]).T)


def _margins_deg(passes, rows, time_s):
    """By how much, by our model, (the satellite is in the light, the sun is below -6 degrees)."""
    ephemeris = passes.ephemeris
    sun_km = sun_position_itrs_km(ephemeris.milliseconds(time_s))
    elevation_deg = sun_elevation_deg(ephemeris, passes.observers, passes.observer[rows], time_s)
    return (
        sunlit_margin_deg(ephemeris.position_at(time_s), sun_km),
        DARK_SUN_ELEVATION_DEG - elevation_deg,
    )


# --- against Skyfield ---------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["low", "polar"])
def seen(iss, request):
    """(passes of a week, times, sunlit and the sun's elevation by Skyfield at those times).

    Times are columns, one a pass, from AOS to LOS; the last is the culmination.
    """
    element_set = ORBITS[request.param](iss)
    passes = _find(element_set, Observers.at(*np.array(PLACES).T), days=7)
    loader = Loader(_data_path(), verbose=False, expire=False)
    planets = loader("de421.bsp")
    timescale = loader.timescale(builtin=True)
    satellite = EarthSatellite.from_satrec(to_satrec(element_set), timescale)
    origin_s = passes.ephemeris.origin_ms / 1000 - START.timestamp()

    spans = np.linspace(passes.aos_s, passes.los_s, SAMPLES)
    time_s = np.vstack([spans, passes.culmination_s])
    sunlit, sun_deg = np.zeros(time_s.shape, bool), np.zeros(time_s.shape)
    for number, place in enumerate(PLACES):
        rows = np.flatnonzero(passes.observer == number)
        seconds = time_s[:, rows] + origin_s
        times = timescale.utc(2026, 10, 10, 0, 0, seconds.ravel())
        times._nutation_angles_radians = iau2000b_radians(times)  # a tenth of the cost
        topos = planets["earth"] + wgs84.latlon(*place)
        sun = topos.at(times).observe(planets["sun"]).apparent()
        sun_deg[:, rows] = sun.altaz()[0].degrees.reshape(seconds.shape)
        sunlit[:, rows] = satellite.at(times).is_sunlit(planets).reshape(seconds.shape)
    planets.close()
    return passes, time_s, sunlit, sun_deg


def test_visible_as_skyfield(seen):
    """A pass is visible exactly if Skyfield finds it sunlit in the dark at some time."""
    passes, _, sunlit, sun_deg = seen
    margin_deg = np.where(sunlit, DARK_SUN_ELEVATION_DEG - sun_deg, -90.0).max(axis=0)
    decided = np.abs(margin_deg) > UNDECIDED_DEG
    theirs = margin_deg > 0
    assert 5 < theirs[decided].sum() < decided.sum() - 5
    assert (passes.visible == theirs)[decided].all()


def test_spans_as_skyfield(seen):
    """Skyfield finds it sunlit, or sunlit in the dark, just within our spans."""
    passes, time_s, sunlit, sun_deg = seen
    lit_deg, dark_deg = _margins_deg(passes, np.arange(len(passes)), time_s)
    unclear = (np.abs(lit_deg) < UNDECIDED_DEG) | (np.abs(dark_deg) < UNDECIDED_DEG)
    assert 0 < unclear.sum() < 0.01 * unclear.size
    for (start_s, end_s), theirs in (
        (passes.sunlit_span_s, sunlit),
        (passes.visible_span_s, sunlit & (sun_deg <= DARK_SUN_ELEVATION_DEG)),
    ):
        ours = (start_s <= time_s) & (time_s <= end_s)
        assert (ours == theirs)[~unclear].all()
        assert theirs.any(axis=0).sum() > 15


def test_sun_elevation_as_skyfield(seen):
    """The sun's elevation at the culmination is Skyfield's, to 0.011 degrees."""
    passes, _, _, sun_deg = seen
    assert passes.sun_elevation_deg == pytest.approx(sun_deg[-1], abs=0.011)


# --- what must hold of any orbit ----------------------------------------------------------------


@pytest.fixture(scope="module", params=ORBITS)
def passes(iss, request):
    """Passes of five days over places from pole to pole."""
    return _find(ORBITS[request.param](iss), _everywhere())


def test_order(passes):
    """A visible segment lies in the sunlit part of the pass, its highest point within it."""
    first_s, last_s = passes.span_s
    start_s, end_s = passes.visible_span_s
    rows = passes.visible
    assert rows.any()
    assert (first_s <= start_s)[rows].all()
    assert (start_s <= passes.visible_highest.time_s)[rows].all()
    assert (passes.visible_highest.time_s <= end_s)[rows].all()
    assert (end_s <= last_s)[rows].all()
    lit_s = passes.sunlit_span_s[1] - passes.sunlit_span_s[0]
    assert (lit_s >= end_s - start_s)[rows].all()
    for sights in (passes.visible_start, passes.visible_highest, passes.visible_end):
        assert (np.isfinite(sights.elevation_deg) == rows).all()


def test_spans_end_where_something_does(passes):
    """Ten milliseconds before its end a span still holds, ten after it no longer does."""
    first_s, last_s = passes.span_s
    for (start_s, end_s), darkness in ((passes.sunlit_span_s, 0), (passes.visible_span_s, 1)):
        for time_s, outward in ((start_s, -1), (end_s, 1)):
            rows = np.flatnonzero(end_s - start_s > 0.02)
            inside_s, outside_s = (time_s[rows] + outward * step for step in (-0.01, 0.01))
            within = np.minimum(*(_margins_deg(passes, rows, inside_s)[k] for k in (0, darkness)))
            assert (within > 0).all()
            beyond = np.minimum(*(_margins_deg(passes, rows, outside_s)[k] for k in (0, darkness)))
            pass_ended = (outside_s < first_s[rows]) | (outside_s > last_s[rows])
            assert (pass_ended | (beyond < 0)).all()


def test_longest_part_counts(passes):
    """A dense look at the model finds no longer stretch, and none where we have none."""
    first_s, last_s = passes.span_s
    steps = 4000
    for row in range(0, len(passes), 3):
        time_s = np.linspace(first_s[row], last_s[row], steps)
        lit_deg, dark_deg = _margins_deg(passes, np.full(steps, row), time_s)
        for span_s, holds in (
            (passes.sunlit_span_s, lit_deg > 0),
            (passes.visible_span_s, (lit_deg > 0) & (dark_deg >= 0)),
        ):
            edges = np.flatnonzero(np.diff(holds, prepend=False, append=False))
            lengths = (edges[1::2] - edges[::2] - 1) * (time_s[1] - time_s[0])
            ours_s = np.nan_to_num(span_s[1][row] - span_s[0][row])
            longest_s = lengths.max(initial=0.0)
            assert longest_s <= ours_s + 1e-6
            assert ours_s <= longest_s + 2 * (time_s[1] - time_s[0]) + 1e-6


def test_highest_in_view(passes):
    """Nowhere in the visible segment does it stand higher than at its highest point."""
    rows = np.flatnonzero(passes.visible)
    start_s, end_s = (edge_s[rows] for edge_s in passes.visible_span_s)
    chosen = passes.take(rows)
    for share in np.linspace(0.0, 1.0, 41):
        at = replace(chosen, culmination_s=start_s + share * (end_s - start_s)).culmination
        assert (at.elevation_deg <= passes.visible_highest.elevation_deg[rows] + 1e-7).all()


# --- single cases -------------------------------------------------------------------------------


def test_shadow():
    """Between Earth and sun it is sunlit, behind the Earth dark, beside the Earth at the limb."""
    sun_km = np.array([1.5e8, 0.0, 0.0])
    position_km = np.array([[7000.0, 0, 0], [-7000.0, 0, 0], [0, 6378.137, 0], [0, 7000.0, 0]])
    margin_deg = sunlit_margin_deg(position_km, sun_km)
    assert margin_deg[0] > 90
    assert margin_deg[1] < -60
    assert margin_deg[2] == pytest.approx(0.0, abs=0.01)
    assert margin_deg[3] == pytest.approx(24.3, abs=0.1)


def test_a_glimpse_counts(iss):
    """A pass with only seconds of sunlight left above the threshold is visible."""
    observers = Observers.at(*np.array(PLACES).T)
    passes = _find(iss, observers)
    everything = passes.visible
    higher = find_passes(passes.ephemeris, observers, min_elevation_deg=40.0)
    for row in np.flatnonzero(higher.visible):
        same = np.abs(passes.culmination_s - higher.culmination_s[row]) < 1.0
        same &= passes.observer == higher.observer[row]
        assert everything[same].tolist() == [True]


@pytest.mark.parametrize(
    ("start", "ends_at"), [(datetime(2026, 12, 18, tzinfo=UTC), "shadow"), (START, "dawn")]
)
def test_end_in_mid_pass(iss, start, ends_at):
    """A segment that ends in mid-pass ends just where the shadow begins, or dawn breaks."""
    passes = _find(_polar(iss), _everywhere(), start=start)
    end_s = passes.visible_span_s[1]
    cut = np.flatnonzero((end_s < passes.los_s - 1.0) & (end_s > passes.aos_s + 1.0))
    lit_deg, dark_deg = _margins_deg(passes, cut, end_s[cut])
    over_deg, other_deg = (lit_deg, dark_deg) if ends_at == "shadow" else (dark_deg, lit_deg)
    rows = np.flatnonzero(np.abs(over_deg) < 1e-5)
    assert rows.size
    assert (other_deg[rows] > 0).all()
    sunlit_until_s = passes.sunlit_span_s[1][cut][rows]
    assert ((sunlit_until_s - end_s[cut][rows] < 1e-6) == (ends_at == "shadow")).all()


def test_polar_night_and_day(iss):
    """In the polar night it is visible whenever it is sunlit, noon included; in summer never."""
    far_south = Observers.at([-78.0, -90.0], [167.0, 0.0])
    polar = _polar(iss)
    night = _find(polar, far_south, start=datetime(2027, 6, 20, tzinfo=UTC))
    assert night.visible.any()
    for visible_s, sunlit_s in zip(night.visible_span_s, night.sunlit_span_s, strict=True):
        np.testing.assert_array_equal(visible_s, sunlit_s)
    day = _find(polar, far_south, start=datetime(2026, 12, 20, tzinfo=UTC))
    assert len(day)
    assert not day.visible.any()


def test_night_of_minutes(iss):
    """Where the sun sinks below -6 degrees for half an hour only, it is not overlooked."""
    high = replace(_geostationary(iss), inclination_deg=63.0)
    brief = Observers.at(60.5, np.arange(-180.0, 180.0, 10.0))
    passes = _find(high, brief, days=1, start=datetime(2027, 6, 21, tzinfo=UTC))
    length_min = (passes.visible_span_s[1] - passes.visible_span_s[0])[passes.visible] / 60
    assert len(length_min) > 5
    assert length_min.max() == pytest.approx(31, abs=3)


def test_any_night_of_a_long_stay_counts(iss):
    """A satellite that never sets, looked for over eight days, is seen in the nights of each."""
    observers = Observers.at(0.0, np.arange(-180.0, 180.0, 15.0))
    passes = _find(_geostationary(iss), observers, days=8)
    up = passes.take(passes.always_up)
    assert len(up) > 5
    assert up.visible.all()
    length_h = (up.visible_span_s[1] - up.visible_span_s[0]) / 3600
    assert (length_h > 5).all()
    assert (length_h < 11.5).all()


def test_eclipse_cuts_a_night_in_two(iss):
    """At the equinox the Earth's shadow cuts geostationary nights in two; the longer part counts.

    A night lasts 11.2 hours and the shadow 1.2 of them: in mid-night for those below the
    satellite, early or late for those far from it.
    """
    equinox = datetime(2027, 3, 20, tzinfo=UTC)
    observers = Observers.at(0.0, np.arange(-180.0, 180.0, 5.0))
    passes = _find(_geostationary(iss), observers, days=2, start=equinox)
    up = passes.take(passes.always_up)
    length_h = (up.visible_span_s[1] - up.visible_span_s[0]) / 3600
    assert length_h.min() == pytest.approx(5.0, abs=0.2)
    assert length_h.max() == pytest.approx(9.7, abs=0.5)
    rows = np.arange(len(up))
    lit_deg = np.abs([_margins_deg(up, rows, time_s)[0] for time_s in up.visible_span_s])
    assert ((lit_deg < 1e-4).sum(axis=0) == 1).all()


def test_no_passes(iss):
    """Without passes the columns are empty, and nothing fails."""
    none = _find(iss, Observers.at(85.0, 0.0), days=1)
    assert len(none) == 0
    assert none.visible.size == none.magnitude.size == none.closest_approach.range_km.size == 0
    assert none.sunlit_span_s[0].size == 0
