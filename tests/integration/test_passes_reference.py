"""Passes against STK and against Skyfield's own altaz, scanned densely and refined.

The elevation of a satellite has its extremes minutes apart, so a scan every twenty seconds shows
each of them; the scan is then repeated within the neighbouring steps, ever finer, until what
remains is a parabola or a straight line of microseconds.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load, wgs84
from skyfield.nutationlib import iau2000b_radians

from orbit import general, near_circular
from orbit.ephemeris import is_low_and_near_circular, propagate
from orbit.look import look
from orbit.observers import Observers
from orbit.passes import Passes, find_passes
from tle import ElementSet, parse_elements
from tle.propagation import to_satrec

STK = json.loads((Path(__file__).parents[1] / "reference" / "stk_bugsat1.json").read_text())
BUGSAT = parse_elements("\n".join(STK["tle"])).sets[0].element_set
TIMESCALE = load.timescale(builtin=True)

THRESHOLD_DEG = 10.0
UNDECIDED_DEG = 1e-4  # nearer to the threshold than this, a pass may be found or not
START = datetime(2026, 10, 10, tzinfo=UTC)
SPAN = timedelta(days=3)
EVENTS = ("aos", "culmination", "los")


def _orbit(mean_motion_rev_per_day, **elements):
    """Return a satellite of that orbit, a quarter of a day old at the start, else like BUGSAT."""
    return replace(
        BUGSAT,
        epoch=START - timedelta(hours=6),
        mean_motion_rev_per_day=mean_motion_rev_per_day,
        mean_motion_dot_rev_per_day2=0.0,
        bstar_per_earth_radius=0.0,
        **elements,
    )


# --- the reference ------------------------------------------------------------------------------


@dataclass
class Skyfield:
    """Where Skyfield sees a satellite from one place, at seconds from a start."""

    element_set: ElementSet
    start: datetime
    place: tuple[float, float, float]

    def __post_init__(self):
        latitude_deg, longitude_deg, height_m = self.place
        satellite = EarthSatellite.from_satrec(to_satrec(self.element_set), TIMESCALE)
        self._away = satellite - wgs84.latlon(latitude_deg, longitude_deg, height_m)

    def times(self, seconds):
        """Return Skyfield times; its precession and nutation are shared by all who use them."""
        s = self.start
        times = TIMESCALE.utc(s.year, s.month, s.day, s.hour, s.minute, s.second + seconds)
        # As Skyfield's almanac does: the short series costs a tenth, and nutation cancels anyway
        # between a satellite and a place on the ground.
        times._nutation_angles_radians = iau2000b_radians(times)
        return times

    def altaz(self, times):
        """Return elevation (deg), azimuth (deg) and range (km)."""
        elevation, azimuth, distance = self._away.at(times).altaz()
        return elevation.degrees, azimuth.degrees, distance.km

    def elevation_deg(self, seconds):
        """Return the elevation at an array of seconds of any shape."""
        return self.altaz(self.times(np.ravel(seconds)))[0].reshape(np.shape(seconds))


def _refined_tops(sky, middle_s, step_s):
    """Return time and elevation of the maxima within a step of each of ``middle_s``."""
    half_s, about_s = step_s, np.asarray(middle_s, float)
    while half_s > 0.05:
        near_s = about_s[:, None] + np.linspace(-half_s, half_s, 21)
        best = sky.elevation_deg(near_s).argmax(axis=1)
        about_s = near_s[np.arange(len(near_s)), best]
        half_s /= 10
    # Even where a pass through the zenith makes a peak of it, cos^2 is still a parabola.
    cosine = np.cos(np.radians(sky.elevation_deg(about_s[:, None] + [-0.1, 0.0, 0.1])))
    before, at, after = cosine.T**2
    top_s = about_s + 0.05 * (before - after) / (before - 2 * at + after)
    return top_s, sky.elevation_deg(top_s)


def _refined_crossings(sky, before_s, after_s):
    """Return the times between ``before_s`` and ``after_s`` at which the threshold is crossed."""
    low_s, high_s = np.asarray(before_s, float), np.asarray(after_s, float)
    rows = np.arange(len(low_s))
    for _ in range(6):
        between_s = np.linspace(low_s, high_s, 11, axis=-1)
        above = sky.elevation_deg(between_s) >= THRESHOLD_DEG
        first = (above != above[:, :1]).argmax(axis=1)
        low_s, high_s = between_s[rows, first - 1], between_s[rows, first]
    return (low_s + high_s) / 2


def _dense_passes(sky, grid_s, elevation_deg):
    """Return (AOS, culmination, LOS, highest elevation) of each stay above the threshold.

    The elevations are on a grid of even steps; AOS or LOS beyond its ends is infinite. A stay
    whose top lies beyond them is left out.
    """
    inner = elevation_deg[1:-1]
    peak = (inner >= elevation_deg[:-2]) & (inner > elevation_deg[2:])
    peaks = np.flatnonzero(peak & (inner > THRESHOLD_DEG - 5.0)) + 1
    if not len(peaks):
        return np.empty((0, 4))
    top_s, top_deg = _refined_tops(sky, grid_s[peaks], grid_s[1] - grid_s[0])
    points_s = np.concatenate([grid_s, top_s])
    order = np.argsort(points_s)
    points_s = points_s[order]
    above = np.concatenate([elevation_deg, top_deg])[order] >= THRESHOLD_DEG
    change = np.flatnonzero(above[1:] != above[:-1])
    cuts_s = _refined_crossings(sky, points_s[change], points_s[change + 1])
    edges_s = [-np.inf] * bool(above[0]) + list(cuts_s) + [np.inf] * bool(above[-1])
    rows = []
    for aos_s, los_s in zip(edges_s[::2], edges_s[1::2], strict=True):
        tops = np.flatnonzero((top_s >= aos_s) & (top_s <= los_s))
        if len(tops):
            best = tops[top_deg[tops].argmax()]
            rows.append((aos_s, top_s[best], los_s, top_deg[best]))
    return np.array(rows).reshape(-1, 4)


# --- STK ----------------------------------------------------------------------------------------


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


# --- both paths against the dense scan ----------------------------------------------------------


@dataclass
class Comparison:
    """Our passes and Skyfield's of one satellite over several places, times from the start."""

    passes: Passes
    skies: list[Skyfield]
    dense: list[np.ndarray]

    @classmethod
    def of(cls, element_set, start, places, *, margin_s):
        """Find the passes of three days both ways; the scan goes on for a margin either side."""
        passes = find_passes(
            propagate(element_set, start, start + SPAN),
            Observers.at(*np.array(places).T),
            min_elevation_deg=THRESHOLD_DEG,
        )
        skies = [Skyfield(element_set, start, place) for place in places]
        grid_s = np.arange(-margin_s, SPAN.total_seconds() + margin_s, 20.0)
        times = skies[0].times(grid_s)
        dense = [_dense_passes(sky, grid_s, sky.altaz(times)[0]) for sky in skies]
        return cls(passes, skies, dense)

    @property
    def origin_s(self):
        """The first grid point of our ephemeris, from the start."""
        return self.passes.ephemeris.origin_ms / 1000 - self.skies[0].start.timestamp()

    def ours(self, place):
        """Return AOS, culmination, LOS and highest elevation of our passes over a place."""
        passes = self.passes.take(self.passes.observer == place)
        times = [getattr(passes, event).time_s + self.origin_s for event in EVENTS]
        return np.column_stack([*times, passes.culmination.elevation_deg])

    def theirs(self, place):
        """Return the same of Skyfield's, by our rules of what belongs to a window."""
        rows = self.dense[place]
        rows = rows[(rows[:, 1] >= 0) & (rows[:, 1] < SPAN.total_seconds())]
        revolution_s = self.passes.ephemeris.element_set.period_s
        too_far = np.abs(rows - rows[:, 1:2]) > revolution_s
        too_far[:, 3] = False
        return np.where(too_far, np.nan, rows)

    def check(self):
        """Assert that none is missed, none is extra, all agree; return how many there are."""
        for place, sky in enumerate(self.skies):
            ours, theirs = (
                rows[rows[:, 3] > THRESHOLD_DEG + UNDECIDED_DEG]
                for rows in (self.ours(place), self.theirs(place))
            )
            assert len(ours) == len(theirs), sky.place
            np.testing.assert_allclose(ours[:, :3], theirs[:, :3], rtol=0, atol=0.001)
            np.testing.assert_allclose(ours[:, 3], theirs[:, 3], rtol=0, atol=1e-5)
        return sum(len(rows) for rows in self.dense)


def _hard_places(element_set):
    """Return poles, date line, equator, the ground track, grazed latitudes, heights, and luck."""
    satellite = EarthSatellite.from_satrec(to_satrec(element_set), TIMESCALE)
    times = TIMESCALE.utc(START.year, START.month, START.day, 5, [7, 31, 52])
    below = wgs84.subpoint_of(satellite.at(times))
    grazed_deg = min(element_set.inclination_deg, 180 - element_set.inclination_deg) + 13.0
    random = np.random.default_rng(20261010)
    return [
        *((90.0, 0.0, 0.0), (-90.0, 0.0, 0.0), (89.99, -120.0, 0.0), (-89.5, 60.0, 2800.0)),
        *((10.0, 180.0, 0.0), (10.0, -180.0, 0.0), (-50.0, 179.999, 0.0), (52.0, -179.9, 0.0)),
        *((0.0, 0.0, 0.0), (0.0, -78.5, 2850.0), (0.0, 101.0, 0.0)),
        *zip(below.latitude.degrees, below.longitude.degrees, (0.0, 0.0, 0.0), strict=True),
        *((min(grazed_deg + d, 89.0), 20.0, 0.0) for d in (-2.0, -1.0, -0.5, -0.25, 0.0, 0.25)),
        *((max(-grazed_deg - d, -89.0), -130.0, 0.0) for d in (-1.0, -0.5, 0.0)),
        *((27.99, 86.93, 8848.0), (31.5, 35.5, -430.0), (45.0, 10.0, 40_000.0)),
        *(
            (np.degrees(np.arcsin(sine)), longitude_deg, 0.0)
            for sine, longitude_deg in random.uniform(-1, 1, (8, 2)) * (1, 180)
        ),
    ]


@pytest.fixture(scope="module", params=["51.6 deg", "97.5 deg"])
def low_orbit(request, iss):
    """A low orbit over the hard places."""
    element_set = iss
    if request.param == "97.5 deg":
        element_set = replace(BUGSAT, epoch=START - timedelta(hours=5), inclination_deg=97.5)
    assert is_low_and_near_circular(element_set)
    return Comparison.of(element_set, START, _hard_places(element_set), margin_s=1200.0)


def test_low_orbit_passes(low_orbit):
    """Over 34 hard places in 3 days no pass is missed, none is extra, times are within 1 ms."""
    assert len(low_orbit.skies) == 34
    assert low_orbit.check() > 200


def test_low_orbit_where_to_look(low_orbit):
    """At our own times Skyfield sees the threshold, and our azimuth and range."""
    for place, sky in enumerate(low_orbit.skies):
        passes = low_orbit.passes.take(low_orbit.passes.observer == place)
        for event in EVENTS:
            ours = getattr(passes, event)
            times = sky.times(ours.time_s + low_orbit.origin_s)
            elevation_deg, azimuth_deg, range_km = sky.altaz(times)
            across_deg = (azimuth_deg - ours.azimuth_deg + 180) % 360 - 180
            across_deg *= np.cos(np.radians(elevation_deg))
            assert ours.elevation_deg == pytest.approx(elevation_deg, abs=1e-5)
            assert across_deg == pytest.approx(0.0 * across_deg, abs=1e-5)
            assert ours.range_km == pytest.approx(range_km, abs=0.001)
            if event != "culmination":
                assert elevation_deg == pytest.approx(THRESHOLD_DEG, abs=1e-5)


# --- other orbits -------------------------------------------------------------------------------

MOLNIYA = _orbit(2.00613, eccentricity=0.74, inclination_deg=63.4, argument_of_perigee_deg=270.0)
TRANSFER = _orbit(2.27, eccentricity=0.73, inclination_deg=27.0, argument_of_perigee_deg=178.0)
GEOSTATIONARY = _orbit(1.0027, eccentricity=0.0002, inclination_deg=0.05)
INCLINED_GEOSYNCHRONOUS = _orbit(1.0027, eccentricity=0.05, inclination_deg=55.0)
NAVIGATION = _orbit(2.0056, eccentricity=0.01, inclination_deg=55.0)
LOW_ECCENTRIC = _orbit(13.0, eccentricity=0.12, inclination_deg=70.0, argument_of_perigee_deg=40.0)

SOME_PLACES = [
    *((52.52, 13.41, 0.0), (90.0, 0.0, 0.0), (-33.9, 18.4, 0.0), (0.0, 180.0, 0.0)),
    *((71.0, -8.0, 0.0), (28.6, -80.6, 0.0), (60.0, 90.0, 0.0), (-75.0, 123.0, 3233.0)),
]


@pytest.mark.parametrize(
    "element_set",
    [MOLNIYA, TRANSFER, INCLINED_GEOSYNCHRONOUS, NAVIGATION, LOW_ECCENTRIC],
    ids=["Molniya", "transfer", "inclined geosynchronous", "navigation", "low eccentric"],
)
def test_other_orbits(element_set):
    """Eccentric and high orbits: none missed, none extra, times within 1 ms."""
    assert not is_low_and_near_circular(element_set)
    margin_s = element_set.period_s + 3600.0
    assert Comparison.of(element_set, START, SOME_PLACES, margin_s=margin_s).check()


def test_molniya_culminates_more_than_once():
    """Where a stay of a Molniya has several maxima, its culmination is the highest of them."""
    observers = Observers.at(0.0, -75.0)
    ephemeris = propagate(MOLNIYA, START, START + SPAN)
    passes = find_passes(ephemeris, observers, min_elevation_deg=THRESHOLD_DEG)
    most_maxima = 0
    for row in range(len(passes)):
        time_s = np.arange(passes.aos.time_s[row], passes.los.time_s[row], 30.0)
        nobody_else = np.zeros(len(time_s), np.int64)
        elevation_deg = look(ephemeris, observers, nobody_else, time_s).elevation_deg
        inner = elevation_deg[1:-1]
        maxima = (inner > elevation_deg[:-2]) & (inner > elevation_deg[2:])
        most_maxima = max(most_maxima, maxima.sum())
        assert passes.culmination.elevation_deg[row] >= elevation_deg.max()
    assert most_maxima > 1


def test_geostationary():
    """A satellite that never sets is one pass without AOS and LOS; one never up is none."""
    satellite = EarthSatellite.from_satrec(to_satrec(GEOSTATIONARY), TIMESCALE)
    below_deg = wgs84.subpoint_of(satellite.at(TIMESCALE.from_datetime(START))).longitude.degrees
    opposite_deg = (below_deg + 360.0) % 360.0 - 180.0
    observers = Observers.at([30.0, -30.0], [below_deg, opposite_deg])
    passes = find_passes(propagate(GEOSTATIONARY, START, START + SPAN), observers)
    assert passes.observer.tolist() == [0]
    assert passes.always_up.all()
    assert passes.in_progress.all()
    assert np.isnan(passes.aos.time_s).all()
    assert np.isnan(passes.los.time_s).all()
    sky = Skyfield(GEOSTATIONARY, START, (30.0, below_deg, 0.0))
    dense_deg = sky.elevation_deg(np.arange(0.0, SPAN.total_seconds(), 300.0))
    assert passes.culmination.elevation_deg[0] == pytest.approx(dense_deg.max(), abs=0.001)


@pytest.mark.parametrize(
    ("element_set", "threshold_deg"),
    [
        (_orbit(15.49, eccentricity=0.0007, inclination_deg=51.63), 10.0),
        # The longest passes that the fast path may meet.
        (_orbit(11.46, eccentricity=0.03, inclination_deg=0.0), -5.0),
    ],
    ids=["like the ISS", "long passes"],
)
def test_both_paths_agree(element_set, threshold_deg):
    """The general path and the fast one find the same passes of a low orbit, to a millisecond."""
    ephemeris = propagate(element_set, START, START + SPAN)
    observers = Observers.at(*np.array(_hard_places(element_set)).T)
    everybody = slice(0, len(observers))
    sin_threshold = np.full(len(observers), np.sin(np.radians(threshold_deg)))
    start_s, end_s = ephemeris.window_s
    by_path = []
    for path in (general, near_circular):
        found = path.find_crossings(ephemeris, observers, everybody, sin_threshold)
        inside = (found.culmination_s >= start_s) & (found.culmination_s < end_s)
        columns = (found.observer, found.aos_s, found.culmination_s, found.los_s)
        rows = np.column_stack(columns)[inside]
        by_path.append(rows[np.lexsort((rows[:, 2], rows[:, 0]))])
    assert len(by_path[0]) > 200
    np.testing.assert_allclose(by_path[0], by_path[1], rtol=0, atol=0.001)
