from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orbit.ephemeris import (
    LOW_STEP_S,
    SCAN_S,
    Ephemeris,
    is_low_and_near_circular,
    propagate,
)
from orbit.finding.approaches import SLACK_RAD, SLACK_S, find_approaches
from tle.motion.uncertainty import estimate_uncertainty

START = datetime(2026, 10, 10, tzinfo=UTC)
DAY = timedelta(days=1)
LEAN_RAD = 0.0034  # of the zenith from the geocentric direction
JUDGED_RAD = 0.004  # three points do not quite lie on a cosine
OFF_S = 30.0  # of the 90 s that the tracks have room for, 60 are half of their step
FARTHEST_DEG = [1.0, 12.0, 25.0, 40.0]  # the last: at -5 degrees, of the highest low orbit

ORBITS = {
    "ISS": {},
    "97.5 deg": {"inclination_deg": 97.5, "mean_motion_rev_per_day": 15.2},
    "eccentricity 0.015": {
        "inclination_deg": 66.0,
        "mean_motion_rev_per_day": 13.0,
        "eccentricity": 0.015,
    },
    "11.3 a day": {"inclination_deg": 66.0, "mean_motion_rev_per_day": 11.3},
    "11.3 a day, eccentricity 0.015": {
        "inclination_deg": 40.0,
        "mean_motion_rev_per_day": 11.3,
        "eccentricity": 0.015,
    },
    "retrograde": {"inclination_deg": 144.0, "mean_motion_rev_per_day": 14.0},
    "equatorial": {"inclination_deg": 0.0, "mean_motion_rev_per_day": 15.0},
    "16.3 a day": {"mean_motion_rev_per_day": 16.3, "bstar_per_earth_radius": 1e-6},
}


@pytest.fixture(scope="module", params=ORBITS.values(), ids=ORBITS)
def ephemeris(request, iss):
    """A day of a low orbit."""
    element_set = replace(iss, **request.param)
    assert is_low_and_near_circular(element_set)
    return propagate(element_set, START, START + DAY)


@pytest.fixture(scope="module")
def centre():
    """Unit vectors to the poles, the equator, and all over the Earth."""
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    everywhere = np.random.default_rng(3).normal(size=(58, 3))
    return np.concatenate([axes, everywhere / np.linalg.norm(everywhere, axis=1)[:, None]])


@pytest.fixture(scope="module")
def every_second(ephemeris, centre):
    """Cell, time and angle of each closest approach there is, by where it is every second."""
    start_s, end_s = ephemeris.window_s
    time_s = np.arange(np.floor(start_s - 2 * SLACK_S), end_s + 2 * SLACK_S)
    toward = ephemeris.track().position_at(time_s)
    cosine = centre @ (toward / np.linalg.norm(toward, axis=1)[:, None]).T
    at = cosine[:, 1:-1]
    cell, second = np.nonzero((at >= cosine[:, :-2]) & (at > cosine[:, 2:]))
    return cell, time_s[second + 1], np.arccos(at[cell, second])


def _pairs(ephemeris, there, found):
    """Return the rows of both that are of one cell and one revolution."""
    near = np.abs(there[1][:, None] - found[1]) < ephemeris.element_set.period_s / 4
    return np.nonzero((there[0][:, None] == found[0]) & near)


@pytest.mark.parametrize("farthest_deg", FARTHEST_DEG)
def test_each_approach_is_found_once(ephemeris, centre, every_second, farthest_deg):
    """Whatever comes so near, or nearer for a leaning zenith, is found once, and nearly when."""
    found = find_approaches(ephemeris, centre, np.full(len(centre), np.radians(farthest_deg)))
    there, of = _pairs(ephemeris, every_second, found)
    _, time_s, angle_rad = every_second
    start_s, end_s = ephemeris.window_s
    in_time = (time_s >= start_s - SLACK_S + OFF_S) & (time_s < end_s + SLACK_S - OFF_S)
    near = in_time & (angle_rad <= np.radians(farthest_deg) + LEAN_RAD)
    assert near.any()
    assert (np.bincount(there, minlength=len(near))[near] == 1).all()
    assert np.abs(found[1][of] - time_s[there])[near[there]].max() <= OFF_S


@pytest.mark.parametrize("farthest_deg", FARTHEST_DEG)
def test_what_is_found_beyond_is_little(ephemeris, centre, every_second, farthest_deg):
    """Whatever is found is an approach, not farther than asked for by more than the slack.

    Three points tell the angle to 0.004 rad, so a little more than the slack may come.
    """
    found = find_approaches(ephemeris, centre, np.full(len(centre), np.radians(farthest_deg)))
    there, of = _pairs(ephemeris, every_second, found)
    assert sorted(of.tolist()) == list(range(len(found[1])))
    angle_rad = every_second[2][there]
    assert angle_rad.max() <= np.radians(farthest_deg) + SLACK_RAD + JUDGED_RAD
    start_s, end_s = ephemeris.window_s
    assert (found[1] > start_s - SLACK_S).all()
    assert (found[1] < end_s + SLACK_S).all()


def test_each_cell_has_its_own_reach(ephemeris, centre):
    """What is found of a cell is what is found of it alone, in the order of cell and time.

    To a millisecond: products of one row and of many are not rounded alike. It decides between
    pieces of the track, which are minutes long.
    """
    farthest_rad = np.random.default_rng(4).uniform(0.02, 0.7, len(centre))
    cell, time_s = find_approaches(ephemeris, centre, farthest_rad)
    assert (np.diff(cell) >= 0).all()
    assert (np.diff(time_s)[np.diff(cell) == 0] > 0).all()
    for one in range(len(centre)):
        _, alone_s = find_approaches(ephemeris, centre[[one]], farthest_rad[[one]])
        assert time_s[cell == one] == pytest.approx(alone_s, abs=1e-3)


@pytest.mark.parametrize("late_s", [0.0, 1.0, SCAN_S / 3, SCAN_S / 2, SCAN_S - 1.0])
def test_windows_of_any_start(iss, centre, late_s):
    """What one window finds, another that holds it finds too, at the same times."""
    start = START + timedelta(seconds=late_s)
    part = propagate(iss, start, start + DAY / 4)
    whole = propagate(iss, START - DAY / 8, START + DAY / 2)
    farthest_rad = np.full(len(centre), 0.4)
    cell, time_s = find_approaches(part, centre, farthest_rad)
    same_cell, same_s = find_approaches(whole, centre, farthest_rad)
    same_s = same_s - (part.origin_ms - whole.origin_ms) / 1000
    start_s, end_s = part.window_s
    within = (same_s > start_s - SLACK_S) & (same_s < end_s + SLACK_S)
    assert cell.tolist() == same_cell[within].tolist()
    assert time_s == pytest.approx(same_s[within], abs=1e-9)


def test_no_cells(iss):
    """Without cells there are no approaches."""
    ephemeris = propagate(iss, START, START + DAY)
    cell, time_s = find_approaches(ephemeris, np.empty((0, 3)), np.empty(0))
    assert cell.size == time_s.size == 0


@pytest.mark.parametrize("off_s", [-SCAN_S / 2, -1e-6, 0.0, 1e-6, SCAN_S / 2])
def test_on_and_between_the_points_of_the_scan(iss, off_s):
    """An approach on a point of the scan, or just between two that are as far, is found once."""
    at_s, rate_rad_s = 10 * SCAN_S + off_s, 2 * np.pi / iss.period_s
    angle_rad = rate_rad_s * (np.arange(0, 20 * SCAN_S + 1, LOW_STEP_S) - at_s)
    circle = np.stack([np.cos(angle_rad), np.sin(angle_rad), np.zeros_like(angle_rad)], axis=-1)
    ephemeris = Ephemeris(
        element_set=iss,
        origin_ms=0,
        window_s=(at_s - 1000.0, at_s + 1000.0),
        step_s=LOW_STEP_S,
        position_itrs_km=6800.0 * circle,
        uncertainty=estimate_uncertainty(iss),
    )
    _, time_s = find_approaches(ephemeris, np.array([[1.0, 0.0, 0.0]]), np.array([0.2]))
    assert time_s == pytest.approx([at_s], abs=0.1)
