from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load
from skyfield.framelib import itrs

from orbit.ephemeris import SCAN_S, is_low_and_near_circular, propagate
from orbit.errors import OrbitError, PropagationError
from tle.motion.propagation import to_satrec

START = datetime(2026, 10, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def _transfer(iss):
    return replace(iss, mean_motion_rev_per_day=2.27, eccentricity=0.73)


@pytest.mark.parametrize("change", [lambda iss: iss, _transfer], ids=["low", "transfer"])
def test_position_between_grid_points(iss, change):
    """Between the grid points the track is Skyfield's to a centimetre, perigees included."""
    element_set = change(iss)
    ephemeris = propagate(element_set, START, START + DAY)
    seconds = np.random.default_rng(1).uniform(0, 86_400, 500)
    timescale = load.timescale(builtin=True)
    satellite = EarthSatellite.from_satrec(to_satrec(element_set), timescale)
    theirs_km = satellite.at(timescale.utc(2026, 10, 10, 0, 0, seconds)).frame_xyz(itrs).km.T
    ours_km = ephemeris.position_at(seconds + ephemeris.window_s[0])
    assert np.linalg.norm(ours_km - theirs_km, axis=1).max() < 1e-5


def test_grid_stands_on_whole_minutes(iss):
    """Whatever millisecond a window starts at, its grid points are those of every other window.

    So are the coarser ones that a scan looks at.
    """
    one = propagate(iss, START, START + DAY)
    other = propagate(iss, START + timedelta(seconds=1272, milliseconds=345), START + DAY)
    offset, rest = divmod(other.origin_ms - one.origin_ms, one.step_s * 1000)
    assert offset > 0
    assert rest == 0
    assert one.origin_ms % (SCAN_S * 1000) == other.origin_ms % (SCAN_S * 1000) == 0
    shared = one.position_itrs_km[offset:]
    assert (shared == other.position_itrs_km[: len(shared)]).all()


def test_times_are_whole_milliseconds(iss):
    """Times come back as the milliseconds they stand for, as numbers and as datetimes."""
    start = START + timedelta(milliseconds=1)
    ephemeris = propagate(iss, start, START + DAY)
    start_s, end_s = ephemeris.window_s
    ms = ephemeris.milliseconds(np.array([start_s, end_s]))
    assert ms.tolist() == [int(t.timestamp() * 1000) for t in (start, START + DAY)]
    assert ephemeris.datetime_at(start_s) == start


def test_the_grid_reaches_a_revolution_beyond_the_window(iss):
    """A pass that culminates at the edge of the window is whole, however long it lasts.

    Low ones last less than half an hour; of others AOS and LOS are searched a revolution away.
    """
    for element_set, reach_s in ((iss, 1200.0), (_transfer(iss), _transfer(iss).period_s)):
        ephemeris = propagate(element_set, START, START + timedelta(hours=1))
        track = ephemeris.track()
        first_s, last_s = track.middle_s(np.array([0, len(track) - 1]))
        assert ephemeris.window_s[0] - first_s >= reach_s
        assert last_s - ephemeris.window_s[1] >= reach_s


@pytest.mark.parametrize(
    "change",
    [
        {"mean_motion_rev_per_day": 16.9, "eccentricity": 0.2},
        {"mean_motion_rev_per_day": 17.5},
        {"mean_motion_rev_per_day": 16.4, "bstar_per_earth_radius": 0.3},
    ],
    ids=["perigee below ground", "below ground", "decays"],
)
def test_decayed(iss, change):
    """A satellite that is no longer up raises an error with its number; it is never NaN."""
    with pytest.raises(PropagationError, match="25544 cannot be propagated to 2026") as e:
        propagate(replace(iss, **change), START + 5 * DAY, START + 9 * DAY)
    assert isinstance(e.value, OrbitError)
    assert e.value.norad_id == 25544
    assert "SGP4 error" in e.value.reason


def test_paths(iss, css):
    """Stations take the fast path; eccentric and high orbits take the general one."""
    assert is_low_and_near_circular(iss)
    assert is_low_and_near_circular(css)
    assert not is_low_and_near_circular(replace(iss, eccentricity=0.016))
    assert not is_low_and_near_circular(replace(iss, mean_motion_rev_per_day=11.2))
    assert not is_low_and_near_circular(_transfer(iss))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (START, START - timedelta(milliseconds=1)),
        (START.replace(tzinfo=None), START + DAY),
        (START, (START + DAY).replace(tzinfo=None)),
    ],
)
def test_impossible_windows(iss, start, end):
    """A window that ends before it starts, or has no time zone, is refused."""
    with pytest.raises(OrbitError, match="expected times with a time zone, the end not before"):
        propagate(iss, start, end)
