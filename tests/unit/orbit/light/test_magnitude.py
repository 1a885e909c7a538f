from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orbit.ephemeris import propagate
from orbit.light.magnitude import apparent_magnitude
from orbit.observers import Observers
from orbit.passes import find_passes

START = datetime(2026, 12, 18, tzinfo=UTC)
PLACES = Observers.at([52.52, -33.9, 40.7, 30.3], [13.41, 18.4, -74.0, 120.2])


@pytest.mark.parametrize(
    ("range_km", "phase_deg", "dimmer"),
    [(1000.0, 90.0, 0.0), (2000.0, 90.0, 1.505), (1000.0, 0.0, -0.753), (500.0, 120.0, -0.753)],
    ids=["standard", "farther", "full", "near, a crescent"],
)
def test_formula(range_km, phase_deg, dimmer):
    """At 1000 km and half lit the magnitude is the standard one; range and phase change it."""
    phase = np.radians(phase_deg)
    to_sun_km = 1.5e8 * np.array([[np.cos(phase), np.sin(phase), 0.0]])
    magnitude = apparent_magnitude(-1.8, to_sun_km, np.array([[range_km, 0.0, 0.0]]))
    assert magnitude[0] == pytest.approx(-1.8 + dimmer, abs=0.001)


def test_iss(iss):
    """Seen from its high passes the ISS outshines the stars; unseen it has no magnitude."""
    passes = find_passes(propagate(iss, START, START + timedelta(days=7)), PLACES)
    assert (np.isfinite(passes.magnitude) == passes.visible).all()
    high = passes.visible & (passes.visible_highest.elevation_deg > 60)
    assert high.any()
    assert (passes.magnitude[high] < -1.5).all()
    assert np.nanmin(passes.magnitude) > -5.0
    assert np.nanmax(passes.magnitude) < 3.0


def test_unknown_satellite(iss):
    """Without a standard magnitude there is no estimate, however visible the satellite."""
    other = replace(iss, norad_id=999_999_999)
    passes = find_passes(propagate(other, START, START + timedelta(days=3)), PLACES)
    assert passes.visible.any()
    assert np.isnan(passes.magnitude).all()
