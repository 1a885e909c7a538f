"""Passes of all kinds of orbits, against STK and against a dense scan of Skyfield's sky."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from orbit.ephemeris import propagate
from orbit.look import look
from orbit.observers import Observers
from orbit.passes import find_passes
from tle import parse_elements

STK = json.loads((Path(__file__).parents[1] / "reference" / "stk_bugsat1.json").read_text())
BUGSAT = parse_elements("\n".join(STK["tle"])).sets[0].element_set

START = datetime(2026, 10, 10, tzinfo=UTC)
SPAN = timedelta(days=3)
PLACES = [
    *((52.52, 13.41, 0.0), (90.0, 0.0, 0.0), (-33.9, 18.4, 0.0), (0.0, 180.0, 0.0)),
    *((71.0, -8.0, 0.0), (28.6, -80.6, 0.0), (60.0, 90.0, 0.0), (-75.0, 123.0, 3233.0)),
    *((0.0, -78.5, 2850.0), (-5.0, 101.0, 0.0)),
]


def _orbit(mean_motion_rev_per_day, **elements):
    """Return a satellite of that orbit, a quarter of a day old at the start, else like BUGSAT."""
    return replace(
        BUGSAT,
        epoch=START - timedelta(hours=6),
        mean_motion_rev_per_day=mean_motion_rev_per_day,
        **{"mean_motion_dot_rev_per_day2": 0.0, "bstar_per_earth_radius": 0.0, **elements},
    )


MOLNIYA = _orbit(2.00613, eccentricity=0.74, inclination_deg=63.4, argument_of_perigee_deg=270.0)
GEOSTATIONARY = _orbit(1.0027, eccentricity=0.0002, inclination_deg=0.05)

LOW = {
    "sinking from 170 to 125 km": _orbit(
        16.4, eccentricity=0.0008, inclination_deg=51.6, bstar_per_earth_radius=2e-4
    ),
    "87 minutes, in its last days": _orbit(
        16.55, eccentricity=0.0008, inclination_deg=97.5, bstar_per_earth_radius=2e-5
    ),
    "128 minutes": _orbit(11.26, eccentricity=0.001, inclination_deg=82.0),
    "128 minutes over the equator": _orbit(11.26, eccentricity=0.0, inclination_deg=0.0),
    "128 minutes, retrograde": _orbit(11.26, eccentricity=0.002, inclination_deg=144.0),
    "eccentricity 0.015": _orbit(
        14.4, eccentricity=0.015, inclination_deg=97.5, argument_of_perigee_deg=200.0
    ),
    "eccentricity 0.015, 126 minutes": _orbit(
        11.46, eccentricity=0.015, inclination_deg=101.0, argument_of_perigee_deg=80.0
    ),
    "eccentricity 0.03": _orbit(
        14.0, eccentricity=0.03, inclination_deg=65.0, argument_of_perigee_deg=120.0
    ),
    "eccentricity 0.03, 126 minutes": _orbit(
        11.46, eccentricity=0.03, inclination_deg=28.0, argument_of_perigee_deg=300.0
    ),
}
OTHER = {
    "Molniya": MOLNIYA,
    "transfer": _orbit(
        2.27, eccentricity=0.73, inclination_deg=27.0, argument_of_perigee_deg=178.0
    ),
    "inclined geosynchronous": _orbit(1.0027, eccentricity=0.05, inclination_deg=55.0),
    "navigation": _orbit(2.0056, eccentricity=0.01, inclination_deg=55.0),
    "low eccentric": _orbit(
        13.0, eccentricity=0.12, inclination_deg=70.0, argument_of_perigee_deg=40.0
    ),
    "just too high to be low": _orbit(11.2, eccentricity=0.001, inclination_deg=66.0),
    "just too eccentric to be low": _orbit(14.0, eccentricity=0.031, inclination_deg=66.0),
}


def test_stk():
    """STK's ten passes of BUGSAT-1 come out within 20 ms and 0.006 degrees, and no other."""
    expected, place = STK["passes"], STK["observer"]
    ephemeris = propagate(
        BUGSAT,
        datetime.fromisoformat(expected[0]["aos"]),
        datetime.fromisoformat(expected[-1]["los"]),
    )
    passes = find_passes(
        ephemeris,
        Observers.at(place["lat"], place["lon"], place["alt_m"]),
        min_elevation_deg=STK["min_el_deg"],
    )
    assert len(passes) == len(expected) == 10
    for event, theirs in (("aos", "aos"), ("culmination", "tca"), ("los", "los")):
        times = [datetime.fromisoformat(pass_[theirs]).timestamp() for pass_ in expected]
        ours = ephemeris.milliseconds(getattr(passes, event).time_s) / 1000
        assert ours == pytest.approx(times, abs=0.02)
    highest_deg = [pass_["max_el_deg"] for pass_ in expected]  # STK's are rounded to 0.01
    assert passes.culmination.elevation_deg == pytest.approx(highest_deg, abs=0.006)


@pytest.fixture(scope="module")
def sky(request, skyfield_reference):
    """Three days of the orbit that the test asks for, over some places."""
    return skyfield_reference.Sky(request.param, START, SPAN, PLACES)


@pytest.mark.parametrize("threshold_deg", [-5.0, 0.0, 10.0, 45.0, 80.0])
@pytest.mark.parametrize("sky", LOW.values(), ids=LOW, indirect=True)
def test_low_orbits(skyfield_reference, sky, threshold_deg):
    """At the bounds of what counts as low: none missed, none extra, times within 3 and 6 ms."""
    comparison = skyfield_reference.Comparison.of(sky, threshold_deg=threshold_deg)
    assert comparison.check(crossing_s=0.003, culmination_s=0.006)


@pytest.mark.parametrize("threshold_deg", [-5.0, 10.0, 60.0])
@pytest.mark.parametrize("sky", OTHER.values(), ids=OTHER, indirect=True)
def test_other_orbits(skyfield_reference, sky, threshold_deg):
    """Eccentric and high orbits: none missed, none extra, times within 3 and 6 ms."""
    comparison = skyfield_reference.Comparison.of(sky, threshold_deg=threshold_deg)
    assert comparison.check(crossing_s=0.003, culmination_s=0.006)


@pytest.mark.parametrize(
    "midnight",
    [
        datetime(2028, 2, 29, tzinfo=UTC),
        datetime(2028, 3, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    ],
    ids=["into a leap day", "out of a leap day", "a new year"],
)
def test_windows_across_the_calendar(iss, skyfield_reference, midnight):
    """Leap days and new years are days like any."""
    start = midnight - timedelta(hours=12)
    element_set = replace(iss, epoch=start - timedelta(hours=6))
    sky = skyfield_reference.Sky(element_set, start, timedelta(days=1), PLACES)
    comparison = skyfield_reference.Comparison.of(sky, threshold_deg=0.0)
    assert comparison.check(crossing_s=0.003, culmination_s=0.006) > 20


def test_molniya_culminates_more_than_once():
    """Where a stay of a Molniya has several maxima, its culmination is the highest of them."""
    observers = Observers.at(0.0, -75.0)
    ephemeris = propagate(MOLNIYA, START, START + SPAN)
    passes = find_passes(ephemeris, observers, min_elevation_deg=10.0)
    most_maxima = 0
    for row in range(len(passes)):
        time_s = np.arange(passes.aos_s[row], passes.los_s[row], 30.0)
        nobody_else = np.zeros(len(time_s), np.int64)
        elevation_deg = look(ephemeris, observers, nobody_else, time_s).elevation_deg
        inner = elevation_deg[1:-1]
        maxima = (inner > elevation_deg[:-2]) & (inner > elevation_deg[2:])
        most_maxima = max(most_maxima, maxima.sum())
        assert passes.max_elevation_deg[row] >= elevation_deg.max()
    assert most_maxima > 1


def test_geostationary(skyfield_reference):
    """A satellite that never sets is one pass without AOS and LOS; one never up is none."""
    sky = skyfield_reference.Sky(GEOSTATIONARY, START, SPAN, [(0.0, 0.0, 0.0)])
    x, y, _ = sky.position_itrs_km(np.array([0.0]))[0]
    below_deg = float(np.degrees(np.arctan2(y, x)))
    opposite_deg = (below_deg + 360.0) % 360.0 - 180.0
    observers = Observers.at([30.0, -30.0], [below_deg, opposite_deg])
    passes = find_passes(propagate(GEOSTATIONARY, START, START + SPAN), observers)
    assert passes.observer.tolist() == [0]
    assert passes.always_up.all()
    assert passes.in_progress.all()
    assert np.isnan(passes.aos_s).all()
    assert np.isnan(passes.los_s).all()
    sky = skyfield_reference.Sky(GEOSTATIONARY, START, SPAN, [(30.0, below_deg, 0.0)])
    dense_deg = sky.altaz(0, np.arange(0.0, SPAN.total_seconds(), 300.0))[0]
    assert passes.max_elevation_deg[0] == pytest.approx(dense_deg.max(), abs=0.001)
