import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load, wgs84

from tle import ElementError, everyday_name
from tle.motion.design import (
    design_elements,
    local_time_drift_min_per_day,
    sun_synchronous_inclination_deg,
)
from tle.motion.propagation import to_satrec

_EPOCH = datetime(2026, 11, 11, 3, 14, 15, tzinfo=UTC)
_EQUATOR_KM = 6378.135
_ONE_DAY = timedelta(days=1)


def _designed(**changes):
    wanted = {
        "altitude_km": 500.0,
        "inclination_deg": 97.5,
        "name": "Greeter",
        "norad_id": 99001,
        "epoch": _EPOCH,
    }
    return design_elements(**wanted | changes)


def _positions_km(element_set):
    """Over one revolution from the epoch, TEME (400, 3)."""
    satrec = to_satrec(element_set)
    days = np.linspace(0.0, 1 / element_set.mean_motion_rev_per_day, 400, endpoint=False)
    errors, positions_km, _ = satrec.sgp4_array(
        np.full_like(days, satrec.jdsatepoch), satrec.jdsatepochF + days
    )
    assert not errors.any()
    return positions_km


@pytest.mark.parametrize("altitude_km", [160.0, 500.0, 2_000.0, 20_200.0, 35_786.0, 50_000.0])
@pytest.mark.parametrize("inclination_deg", [0.0, 51.6, 63.4, 97.5, 180.0])
def test_height_is_what_was_asked_for(altitude_km, inclination_deg):
    """The mean height over one revolution under SGP4 is right to 60 m, and changes by 16 km."""
    element_set = _designed(altitude_km=altitude_km, inclination_deg=inclination_deg)
    # Drag takes 0.7 km a revolution at 160 km.
    without_drag = replace(element_set, bstar_per_earth_radius=0.0)
    radii_km = np.linalg.norm(_positions_km(without_drag), axis=1)
    assert radii_km.mean() - _EQUATOR_KM == pytest.approx(altitude_km, abs=0.06)
    assert np.ptp(radii_km) < 16.0


@pytest.mark.parametrize("days_later", [0, 77, 191, 303, -9_000, 3_000])
@pytest.mark.parametrize("ltan_hours", [0.0, 6.0, 10.5, 22.75])
def test_local_time_at_the_node(days_later, ltan_hours):
    """At the epoch the satellite flies north over the equator where the clock shows the LTAN."""
    epoch = _EPOCH + days_later * _ONE_DAY
    satrec = to_satrec(_designed(ltan_hours=ltan_hours, epoch=epoch))
    timescale = load.timescale(builtin=True)
    satellite = EarthSatellite.from_satrec(satrec, timescale)
    at_node = satellite.at(timescale.from_datetime(epoch))
    point = wgs84.geographic_position_of(at_node)
    assert point.latitude.degrees == pytest.approx(0.0, abs=0.15)
    assert at_node.velocity.km_per_s[2] > 0.0
    utc_hours = (epoch - epoch.replace(hour=0, minute=0, second=0)) / timedelta(hours=1)
    late_hours = (utc_hours + point.longitude.degrees / 15.0 - ltan_hours + 12.0) % 24.0 - 12.0
    assert abs(late_hours) * 3600.0 < 10.0


@pytest.mark.parametrize("altitude_km", [300.0, 500.0, 800.0, 2_000.0, 5_000.0])
def test_sun_synchronous_orbits_follow_the_sun(altitude_km):
    """Under SGP4 the node at the sun-synchronous inclination turns once a tropical year."""
    inclination_deg = sun_synchronous_inclination_deg(altitude_km)
    satrec = to_satrec(_designed(altitude_km=altitude_km, inclination_deg=inclination_deg))
    turns = satrec.nodedot * 1440.0 * 365.2422 / math.tau
    assert turns == pytest.approx(1.0, abs=0.002)


def test_orbits_that_no_inclination_makes_sun_synchronous():
    """Above some 5,970 km the Earth's bulge is too weak."""
    assert sun_synchronous_inclination_deg(5_960.0) is not None
    assert sun_synchronous_inclination_deg(5_980.0) is None


@pytest.mark.parametrize("inclination_deg", [0.0, 51.6, 96.0, 97.5, 130.0])
def test_local_time_drifts_as_the_node_does(inclination_deg):
    """The said drift is that of SGP4's node against the mean sun, to a third of a per cent."""
    satrec = to_satrec(_designed(inclination_deg=inclination_deg))
    node_deg_per_day = math.degrees(satrec.nodedot) * 1440.0
    said = local_time_drift_min_per_day(altitude_km=500.0, inclination_deg=inclination_deg)
    truth = 4.0 * (node_deg_per_day - 360.0 / 365.2422)
    assert said == pytest.approx(truth, rel=0.003, abs=0.01)


def test_designed_sets_say_that_they_are():
    """The name is marked, once; people see it without the mark; there is no designator."""
    element_set = _designed()
    assert element_set.synthetic
    assert element_set.name == "Greeter (SYNTHETIC)"
    assert everyday_name(99001, element_set.name) == "Greeter"
    assert element_set.international_designator == ""
    assert _designed(name=element_set.name).name == element_set.name


def test_designed_sets_last_as_long_as_they_are_used():
    """From 200 km on up, SGP4 propagates a designed set for two weeks."""
    satrec = to_satrec(_designed(altitude_km=200.0))
    assert satrec.sgp4_tsince(14 * 1440.0)[0] == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"altitude_km": 159.0}, "160 to 50000; lower orbits decay"),
        ({"altitude_km": 6878.0e3}, "160 to 50000"),
        ({"altitude_km": math.nan}, "160 to 50000"),
        ({"inclination_deg": -0.1}, "0 to 180; above 90"),
        ({"inclination_deg": 180.5}, "0 to 180"),
        ({"ltan_hours": 24.5}, "0 to 24; such as 10.5"),
        ({"name": " (SYNTHETIC)"}, "a name to call the satellite by"),
    ],
)
def test_impossible_orbits_are_refused(changes, told):
    """What no orbit can have is refused with what can be asked for."""
    with pytest.raises(ElementError, match=told.replace("(", r"\(")):
        _designed(**changes)
