from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load, wgs84
from skyfield.framelib import itrs

from orbit import (
    ArgumentError,
    Observers,
    PropagationError,
    find_passes,
    look_at,
    positions_at,
    propagate,
)
from tle.motion.propagation import to_satrec

START = datetime(2026, 10, 10, tzinfo=UTC)
TIMES = [START + timedelta(seconds=1234.567891 * k) for k in range(70)]
PLACES = [(52.52, 13.41, 34.0), (-33.9, 18.4, 0.0), (90.0, 0.0, 0.0), (0.0, -180.0, 2850.0)]
TIMESCALE = load.timescale(builtin=True)


def _geostationary(iss):
    return replace(iss, mean_motion_rev_per_day=1.00273791, eccentricity=1e-4, inclination_deg=0.05)


def _transfer(iss):
    return replace(iss, mean_motion_rev_per_day=2.27, eccentricity=0.73)


@pytest.fixture(params=[lambda iss: iss, _geostationary, _transfer], ids=["iss", "geo", "transfer"])
def element_set(request, iss):
    """A satellite of each kind of orbit."""
    return request.param(iss)


@pytest.fixture
def skyfield(element_set):
    """The same satellite in Skyfield."""
    return EarthSatellite.from_satrec(to_satrec(element_set), TIMESCALE)


def test_positions_are_those_of_skyfield(element_set, skyfield):
    """Earth-fixed positions are Skyfield's to a centimetre, and so are the points below."""
    found = positions_at(element_set, TIMES)
    theirs = skyfield.at(TIMESCALE.from_datetimes(TIMES))
    off_km = found.position_itrs_km - theirs.frame_xyz(itrs).km.T
    assert np.linalg.norm(off_km, axis=1).max() < 1e-5
    latitude, longitude = wgs84.latlon_of(theirs)
    np.testing.assert_allclose(found.latitude_deg, latitude.degrees, atol=1e-7)
    apart_deg = (found.longitude_deg - longitude.degrees + 180.0) % 360.0 - 180.0
    assert np.abs(apart_deg).max() < 1e-7
    np.testing.assert_allclose(found.altitude_km, wgs84.height_of(theirs).km, atol=1e-5)
    assert found.time.astype(object).tolist() == [each.replace(tzinfo=None) for each in TIMES]


def test_points_of_the_ellipsoid():
    """What stands on the Earth, or high above, comes back as its latitude, longitude and height."""
    from orbit.positions import _geodetic

    latitude_deg = np.array([0.0, 90.0, -90.0, 45.0, -1e-9, 89.999999, 52.5])
    longitude_deg = np.array([0.0, 0.0, 0.0, 180.0, -179.0, 13.0, 13.4])
    for height_m in (-400.0, 0.0, 90_000.0):
        points = Observers.at(latitude_deg, longitude_deg, height_m).position_itrs_km
        found = _geodetic(points)
        for column, expected in zip(
            found, (latitude_deg, longitude_deg, height_m / 1e3), strict=True
        ):
            np.testing.assert_allclose(column, expected, atol=1e-9)


def test_look_angles_are_those_of_skyfield(element_set, skyfield):
    """Each observer looks where Skyfield says, at each time, whether the satellite is up or not."""
    angles = look_at(element_set, Observers.at(*np.transpose(PLACES)), TIMES)
    assert len(angles.time) == len(PLACES) * len(TIMES)
    for k, place in enumerate(PLACES):
        rows = angles.take(angles.observer == k)
        topocentric = (skyfield - wgs84.latlon(*place)).at(TIMESCALE.from_datetimes(TIMES))
        elevation, azimuth, distance = topocentric.altaz()
        np.testing.assert_allclose(rows.elevation_deg, elevation.degrees, atol=2e-5)
        np.testing.assert_allclose(rows.range_km, distance.km, atol=2e-5)
        apart_deg = (rows.azimuth_deg - azimuth.degrees + 180.0) % 360.0 - 180.0
        assert np.abs(apart_deg * np.cos(elevation.radians)).max() < 2e-5
        assert (rows.time == positions_at(element_set, TIMES).time).all()


def test_look_angles_of_passes(iss):
    """At a culmination that was found, observers look where the pass says."""
    observers = Observers.at([52.52, -33.9], [13.41, 18.4])
    passes = find_passes(propagate(iss, START, START + timedelta(days=1)), observers)
    columns = passes.to_columns()
    for row in range(len(passes)):
        there = observers.take(passes.observer[[row]])
        angles = look_at(iss, there, columns["culmination"][row])
        assert angles.elevation_deg[0] == pytest.approx(
            passes.culmination.elevation_deg[row], abs=1e-3
        )
        assert angles.range_km[0] == pytest.approx(passes.culmination.range_km[row], abs=0.01)


def test_kinds_of_times(iss):
    """Aware times of any zone, datetime64 and what libraries make of them mean the same."""
    expected = positions_at(iss, TIMES).position_itrs_km
    east = timezone(timedelta(hours=8))
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    plain = np.array([each.replace(tzinfo=None) for each in TIMES], "datetime64[us]")
    for times in (
        [each.astimezone(east) for each in TIMES],
        tuple(TIMES),
        plain,
        list(plain),
        pandas.DatetimeIndex(TIMES),
        pandas.Series(TIMES),
        polars.Series(TIMES),
    ):
        assert (positions_at(iss, times).position_itrs_km == expected).all()
    assert (positions_at(iss, TIMES[0]).position_itrs_km == expected[:1]).all()
    assert (positions_at(iss, plain[0]).position_itrs_km == expected[:1]).all()


def test_no_times(iss):
    """No times are columns without rows."""
    assert positions_at(iss, []).position_itrs_km.shape == (0, 3)
    assert look_at(iss, Observers.at(0.0, 0.0), []).azimuth_deg.shape == (0,)


@pytest.mark.parametrize(
    ("times", "kind", "message"),
    [
        ("2026-10-10", TypeError, r"times is '2026-10-10'; expected an aware datetime, such as"),
        (["2026-10-10"], TypeError, r"times is \['2026-10-10'\]; expected an aware datetime"),
        (1_791_590_400, TypeError, "times is 1791590400; expected"),
        (None, TypeError, r"times\[0\] is of type NoneType; expected an aware datetime"),
        (START.date(), TypeError, r"times\[0\] is of type date; expected an aware datetime"),
        (
            [START, START.replace(tzinfo=None)],
            ArgumentError,
            r"times\[1\] is 2026-.*without a z",
        ),
        ([[START]], ArgumentError, r"shape \(1, 1\); expected one time or a column"),
        (np.datetime64("NaT"), ArgumentError, "times holds NaT"),
    ],
)
def test_no_such_times(iss, times, kind, message):
    """What is no time is refused, with what was expected."""
    with pytest.raises(kind, match=message):
        positions_at(iss, times)


def test_far_from_the_epoch(iss):
    """SGP4 answers even centuries from the epoch; we do not."""
    with pytest.raises(PropagationError, match="more than 366 days from its epoch"):
        positions_at(iss, [START, START + timedelta(days=400)])
    with pytest.raises(PropagationError, match="SGP4 error"):
        positions_at(replace(iss, bstar_per_earth_radius=0.9), START + timedelta(days=300))


def test_times_beyond_any_calendar(iss):
    """A time that no calendar holds is refused like any other that is far from the epoch."""
    with pytest.raises(ArgumentError, match="beyond the year 9999"):
        positions_at(iss, np.array(["20000-10-10"], "datetime64[s]"))
