from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tle import ElementSet, TleError, parse_elements
from tle.exporting import EXPORT_FORMATS, export_elements
from tle.formats.omm_json import from_json, to_json

_OMM = [each for each in EXPORT_FORMATS if each != "tle"]
_angles_deg = st.floats(0, 360)
_small = st.floats(-1, 1)
_element_sets = st.builds(
    ElementSet,
    norad_id=st.integers(1, 999_999_999),
    name=st.text(st.characters(exclude_categories=["C", "Z"])),
    international_designator=st.from_regex("[12][0-9]{3}-[0-9]{3}[A-Z]{1,3}", fullmatch=True),
    classification=st.sampled_from("UCS"),
    epoch=st.integers(-410_000_000_000_000, 4_100_000_000_000_000).map(
        lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    ),
    mean_motion_rev_per_day=st.floats(0, 18, exclude_min=True),
    eccentricity=st.floats(0, 1, exclude_max=True),
    inclination_deg=st.floats(0, 180),
    raan_deg=_angles_deg,
    argument_of_perigee_deg=_angles_deg,
    mean_anomaly_deg=_angles_deg,
    mean_motion_dot_rev_per_day2=_small,
    mean_motion_ddot_rev_per_day3=_small,
    bstar_per_earth_radius=_small,
    element_set_no=st.integers(0, 9999),
    revolution_at_epoch=st.integers(0, 999_999),
    ephemeris_type=st.integers(0, 3),
)
_names = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" ")).map(
    lambda name: " ".join(name.split())
)


def _steps(count, size):
    """Whole numbers of steps, as floats: what a decimal column holds."""
    return st.integers(0, count).map(lambda step: step / size)


_mantissas = st.builds(
    lambda digits, power: float(f"{digits}e{power - 5}"),
    st.integers(-99_999, 99_999),
    st.integers(-9, 9),
)
_years = st.integers(0, 99 * 365 * 100_000_000)
_tle_sets = st.builds(
    replace,
    _element_sets,
    norad_id=st.integers(1, 339_999),
    name=_names,
    international_designator=st.from_regex(
        "(19[6-9][0-9]|20[0-4][0-9])-[0-9]{3}[A-Z]{1,3}", fullmatch=True
    ),
    epoch=_years.map(
        lambda step: datetime(1957, 1, 1, tzinfo=UTC) + timedelta(microseconds=864 * step)
    ),
    mean_motion_rev_per_day=st.integers(1, 18 * 10**8).map(lambda step: step / 10**8),
    eccentricity=_steps(9_999_999, 10**7),
    inclination_deg=_steps(1_800_000, 10**4),
    raan_deg=_steps(3_599_999, 10**4),
    argument_of_perigee_deg=_steps(3_599_999, 10**4),
    mean_anomaly_deg=_steps(3_599_999, 10**4),
    mean_motion_dot_rev_per_day2=st.integers(-99_999_999, 99_999_999).map(
        lambda step: step / 10**8
    ),
    mean_motion_ddot_rev_per_day3=_mantissas,
    bstar_per_earth_radius=_mantissas,
    element_set_no=st.integers(0, 9999),
    revolution_at_epoch=st.integers(0, 99_999),
)


def _again(sets, format_):
    parsed = parse_elements("".join(export_elements(sets, format_)))
    assert parsed.refusals == []
    return [element_set for element_set, _ in parsed.sets]


@given(_element_sets)
def test_json_text_is_exact(element_set):
    """Any element set survives its JSON text to the last bit, and so does its hash."""
    again = from_json(to_json(element_set))
    assert again == element_set
    assert again.content_hash == element_set.content_hash


@pytest.mark.parametrize("format_", _OMM)
@given(element_set=st.builds(replace, _element_sets, name=_names))
def test_omm_gives_back_every_set(format_, element_set):
    """Any set comes back to the last bit from every format of OMM, with an equal hash."""
    (again,) = _again([element_set], format_)
    assert again == element_set
    assert again.content_hash == element_set.content_hash


@given(_tle_sets)
def test_a_tle_gives_back_what_its_columns_hold(element_set):
    """A set with no more digits than a TLE has columns comes back the same from a TLE."""
    assert _again([element_set], "tle") == [element_set]


@given(_element_sets)
def test_a_tle_rounds_once(element_set):
    """Any set is refused, or written so that writing what is read changes nothing any more."""
    try:
        text = "".join(export_elements([element_set], "tle"))
    except TleError:
        return
    (again,) = _again([element_set], "tle")
    assert "".join(export_elements([again], "tle")) == text
    assert abs(again.epoch - element_set.epoch) <= timedelta(microseconds=432)
    assert again.bstar_per_earth_radius == pytest.approx(
        element_set.bstar_per_earth_radius, rel=5.1e-5, abs=1e-14
    )
