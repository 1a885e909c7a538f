import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources

import pytest
from sgp4.api import Satrec
from sgp4.exporter import export_tle

from tle import ElementError, parse_elements
from tle.exporting import export_elements
from tle.formats.omm import from_texts

_CASE = resources.files("gpconf") / "corpus/fixtures/tle-writer-alpha5/expected.json"
_LAST_SECOND = datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)


def _lines(element_set):
    return "".join(export_elements([element_set], "tle")).splitlines()


def _again(element_set):
    (located,) = parse_elements("\n".join(_lines(element_set))).sets
    return located.element_set


def test_lines_come_back_character_by_character(three_le):
    """Sets read from a TLE are written as they were."""
    sets = [element_set for element_set, _ in parse_elements(three_le).sets]
    written = "".join(export_elements(sets, "tle")).splitlines()
    assert [line.removeprefix("0 ") for line in written] == three_le.splitlines()


def test_a_set_without_a_name_has_two_lines(iss):
    """Where there is no name there is no name line."""
    assert len(_lines(replace(iss, name=""))) == 2


@pytest.mark.parametrize(
    ("field", "value", "where", "text"),
    [
        ("norad_id", 5, (1, 3, 7), "00005"),
        ("norad_id", 99_999, (2, 3, 7), "99999"),
        ("norad_id", 100_000, (1, 3, 7), "A0000"),
        ("norad_id", 182_345, (2, 3, 7), "J2345"),
        ("norad_id", 339_999, (2, 3, 7), "Z9999"),
        ("international_designator", "", (1, 10, 17), "        "),
        ("international_designator", "1957-001AB", (1, 10, 17), "57001AB "),
        ("raan_deg", 359.99996, (2, 18, 25), "  0.0000"),
        ("raan_deg", -10.0, (2, 18, 25), "350.0000"),
        ("raan_deg", 360.0, (2, 18, 25), "  0.0000"),
        ("raan_deg", -1e-20, (2, 18, 25), "  0.0000"),
        ("mean_anomaly_deg", -0.0, (2, 44, 51), "  0.0000"),
        ("inclination_deg", 180.0, (2, 9, 16), "180.0000"),
        ("eccentricity", -0.0, (2, 27, 33), "0000000"),
        ("eccentricity", 0.99999994, (2, 27, 33), "9999999"),
        ("mean_motion_rev_per_day", 1.000000005, (2, 53, 63), " 1.00000000"),
        ("mean_motion_dot_rev_per_day2", -4e-9, (1, 34, 43), " .00000000"),
        ("mean_motion_dot_rev_per_day2", -0.999999994, (1, 34, 43), "-.99999999"),
        ("bstar_per_earth_radius", 0.0, (1, 54, 61), " 00000+0"),
        ("bstar_per_earth_radius", -0.0, (1, 54, 61), " 00000+0"),
        ("bstar_per_earth_radius", 1.2345, (1, 54, 61), " 12345+1"),
        ("bstar_per_earth_radius", 0.1, (1, 54, 61), " 10000+0"),
        ("bstar_per_earth_radius", 9.999996e-4, (1, 54, 61), " 10000-2"),
        ("bstar_per_earth_radius", -1.25e-12, (1, 54, 61), "-00125-9"),
        ("bstar_per_earth_radius", -1e-20, (1, 54, 61), " 00000+0"),
        ("element_set_no", 12_345, (1, 65, 68), "2345"),
        ("revolution_at_epoch", 100_007, (2, 64, 68), "    7"),
        ("epoch", _LAST_SECOND.replace(microsecond=999_900), (1, 19, 32), "25001.00000000"),
        ("epoch", _LAST_SECOND.replace(microsecond=999_500), (1, 19, 32), "24366.99999999"),
        ("epoch", datetime(1957, 10, 4, tzinfo=UTC), (1, 19, 32), "57277.00000000"),
        ("epoch", datetime(2056, 12, 31, tzinfo=UTC), (1, 19, 32), "56366.00000000"),
    ],
)  # fmt: skip
def test_every_value_finds_its_columns(iss, field, value, where, text):
    """Whatever a value rounds to stays in its columns and leaves a line that can be read."""
    element_set = replace(iss, **{field: value})
    row, first, last = where
    line = _lines(element_set)[row]
    assert line[first - 1 : last] == text
    assert len(line) == 69
    assert _again(element_set).norad_id == element_set.norad_id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("norad_id", 340_000),
        ("norad_id", 799_501_621),
        ("classification", ""),
        ("classification", "SECRET"),
        ("international_designator", "TBA - TO BE ASSIGNED"),
        ("international_designator", "2057-001A"),
        ("international_designator", "98067A"),
        ("epoch", datetime(2057, 1, 1, tzinfo=UTC)),
        ("epoch", datetime(2056, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("eccentricity", 0.99999996),
        ("mean_motion_rev_per_day", 1e-9),
        ("mean_motion_dot_rev_per_day2", 0.999999996),
        ("mean_motion_ddot_rev_per_day3", -1e9),
        ("bstar_per_earth_radius", 1e300),
    ],
)
def test_what_no_column_holds_is_refused(iss, field, value):
    """A value that a TLE cannot carry is refused by name and satellite, with the way out."""
    element_set = replace(iss, **{field: value})
    with pytest.raises(ElementError, match=f"of satellite {element_set.norad_id} is .* OMM format"):
        _lines(element_set)


def test_real_records_of_the_corpus():
    """Real records to the end of Alpha-5 get the fields that the corpus gives them, or a refusal.

    The eccentricity is left out: the corpus cuts it as CelesTrak does, and ours is rounded.
    """
    columns = {
        "catalog_field": (1, 2, 7),
        "intl_designator_field": (1, 9, 17),
        "epoch_field": (1, 18, 32),
        "ndot_field": (1, 33, 43),
        "nddot_field": (1, 44, 52),
        "bstar_field": (1, 53, 61),
        "element_set_field": (1, 64, 68),
        "rev_field": (2, 63, 68),
    }
    records = json.loads(_CASE.read_text())["records"]
    assert len(records) == 756
    for record in records:
        texts = {key.upper(): str(value or 0) for key, value in record["canonical"].items()}
        texts["OBJECT_ID"] = record["canonical"]["object_id"] or ""
        if not record["representable_in_tle"]:
            with pytest.raises(ElementError):
                _lines(from_texts(texts))
            continue
        lines = _lines(from_texts(texts))
        for name, (row, start, end) in columns.items():
            expected = record["reference_tle_fields"].get(name)
            assert expected is None or lines[row][start:end] == expected, (name, record)


def test_the_same_as_sgp4_writes(three_le):
    """sgp4's own writer puts the same numbers into the same columns."""
    for located in parse_elements(three_le).sets:
        name, *lines = _lines(located.element_set)
        assert name == f"0 {located.element_set.name}"
        theirs = export_tle(Satrec.twoline2rv(*lines))
        assert [line[:43] for line in theirs] == [line[:43] for line in lines]
        assert theirs[1] == lines[1]
