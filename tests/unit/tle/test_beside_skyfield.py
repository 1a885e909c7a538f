import csv
import math
from dataclasses import replace
from importlib import resources

import pytest
from skyfield.api import EarthSatellite, load

from tle import ElementError, from_skyfield, parse_elements
from tle.motion.propagation import to_satrec

TIMESCALE = load.timescale(builtin=True)


def _vallado():
    """The lines of SGP4's own verification sets, which hold every kind of orbit."""
    text = (resources.files("sgp4") / "SGP4-VER.TLE").read_text()
    lines = [line[:69] for line in text.splitlines() if line[:2] in {"1 ", "2 "}]
    return list(zip(lines[::2], lines[1::2], strict=True))


def test_from_the_lines_of_a_tle(three_le):
    """A Skyfield satellite is the set that its TLE is, its name included."""
    lines = three_le.splitlines()
    for name, first, second in (lines[:3], lines[3:6]):
        satellite = EarthSatellite(first, second, name, TIMESCALE)
        [parsed] = parse_elements(f"{name}\n{first}\n{second}").sets
        assert from_skyfield(satellite) == parsed.element_set


def test_from_every_kind_of_orbit():
    """Whatever the digits of a TLE, all of them come back."""
    count = 0
    for first, second in _vallado():
        parsed = parse_elements(f"{first}\n{second}")
        for located in parsed.sets:
            found = from_skyfield(EarthSatellite(first, second, None, TIMESCALE))
            assert found.name == ""
            assert found.content_hash == located.element_set.content_hash
            count += 1
    assert count > 20


def test_from_omm(reference):
    """A Skyfield satellite made from OMM is the set of that OMM."""
    text = (reference / "iss_css.csv").read_text()
    parsed = [each.element_set for each in parse_elements(text).sets]
    rows = list(csv.DictReader(text.splitlines()))
    assert [from_skyfield(EarthSatellite.from_omm(TIMESCALE, row)) for row in rows] == parsed


def test_orbits_do_not_move(iss):
    """A satellite made of a set's own model comes back with that set's orbit."""
    found = from_skyfield(EarthSatellite.from_satrec(to_satrec(iss), TIMESCALE))
    assert found.epoch == iss.epoch
    assert found.mean_motion_rev_per_day == iss.mean_motion_rev_per_day
    assert math.isclose(found.raan_deg, iss.raan_deg, rel_tol=1e-13)


def test_what_is_no_satellite(iss):
    """Anything else is refused by its kind, and a satellite without a number by its value."""
    for other in (iss, "ISS", None):
        with pytest.raises(TypeError, match=r"expected a skyfield\.api\.EarthSatellite, got"):
            from_skyfield(other)
    model = to_satrec(replace(iss, norad_id=340_000))  # more than sgp4 can hold
    with pytest.raises(ElementError, match="norad_id is 0; expected a catalog number"):
        from_skyfield(EarthSatellite.from_satrec(model, TIMESCALE))
