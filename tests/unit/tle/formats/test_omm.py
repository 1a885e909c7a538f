import csv
import io
import json
from dataclasses import replace
from importlib import resources

import pytest

from tle import NotElements, parse_elements
from tle.formats.omm_json import from_json, to_json

_CORRUPT = resources.files("gpconf") / "corpus" / "derived" / "corrupt-input"
_VECTORS = resources.files("gpconf") / "corpus" / "vectors"


@pytest.fixture
def fields(reference):
    """The OMM fields of the ISS, to be spoilt."""
    return json.loads((reference / "iss_css.json").read_text())[0]


def _as_json(fields):
    return json.dumps([fields])


def _as_csv(fields):
    text = io.StringIO()
    writer = csv.DictWriter(text, fields)
    writer.writeheader()
    writer.writerow(fields)
    return text.getvalue()


@pytest.mark.parametrize("end", ["json", "csv", "xml", "kvn"])
def test_all_formats_make_the_same_sets(reference, iss, css, end):
    """TLE and every form of OMM give equal sets with equal hashes for the same numbers."""
    file = f"iss_css.{end}"
    sets = [located.element_set for located in parse_elements((reference / file).read_bytes()).sets]
    assert sets == [iss, css]
    assert [s.content_hash for s in sets] == [iss.content_hash, css.content_hash]


@pytest.mark.parametrize(("file", "lines"), [("iss_css.json", [1, 2]), ("iss_css.csv", [2, 3])])
def test_line_numbers(reference, file, lines):
    """Each set is located by the line on which it starts."""
    assert [line for _, line in parse_elements((reference / file).read_text()).sets] == lines


def test_numbers_may_be_text(fields, iss):
    """JSON numbers and their text mean the same."""
    texts = {key: str(value) for key, value in fields.items()}
    assert parse_elements(_as_json(texts)).sets[0].element_set == iss


def test_one_object_is_a_file(fields, iss):
    """A single JSON object needs no list around it."""
    assert parse_elements(json.dumps(fields, indent=1)).sets == [(iss, 1)]


@pytest.mark.parametrize("write", [_as_json, _as_csv])
def test_what_the_formats_tolerate(fields, iss, write):
    """Unknown fields are ignored and optional ones may be missing, null or empty."""
    fields |= {"RMS": ".014", "DATA_SOURCE": "x", "TLE_LINE1": "1 25544U", "MEAN_MOTION_DDOT": ""}
    fields |= {"OBJECT_NAME": None, "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC"}
    (located,) = parse_elements(write(fields)).sets
    assert located.element_set == replace(iss, name="")


@pytest.mark.parametrize("write", [_as_json, _as_csv])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"BSTAR": "", "EPOCH": ""}, "no value for EPOCH, BSTAR"),
        ({"ECCENTRICITY": "0.1x"}, "ECCENTRICITY is '0.1x'; expected a decimal number"),
        ({"ECCENTRICITY": "1_0"}, "ECCENTRICITY"),
        ({"ECCENTRICITY": "1.5"}, "eccentricity is 1.5"),
        ({"INCLINATION": "nan"}, "INCLINATION is 'nan'"),
        ({"NORAD_CAT_ID": "25544.0"}, "NORAD_CAT_ID is '25544.0'; expected an integer"),
        ({"NORAD_CAT_ID": "A0000"}, "NORAD_CAT_ID"),
        ({"NORAD_CAT_ID": "1000000000"}, "norad_id is 1000000000"),
        ({"REF_FRAME": "GCRF"}, "REF_FRAME is 'GCRF'; expected TEME"),
        ({"MEAN_ELEMENT_THEORY": "SGP4-XP"}, "MEAN_ELEMENT_THEORY"),
        ({"MEAN_ELEMENT_THEORY": "DSST"}, "MEAN_ELEMENT_THEORY is 'DSST'; expected SGP4"),
        ({"TIME_SYSTEM": "TAI"}, "TIME_SYSTEM is 'TAI'; expected UTC"),
        ({"MEAN_MOTION": "0"}, "mean_motion_rev_per_day is 0.0"),
        ({"MEAN_MOTION": "17.9e1"}, "mean_motion_rev_per_day is 179.0"),
        ({"BSTAR": "1e999"}, "bstar_per_earth_radius is inf; expected a finite number"),
        ({"EPOCH": "2150-01-01T00:00:00"}, "from 1957 to 2099"),
        ({"EPOCH": "0000-01-01T00:00:00"}, "EPOCH is '0000-01-01"),
        ({"ECCENTRICITY": "x" * 1000}, "xxx...'; expected a decimal number"),
        ({"EPHEMERIS_TYPE": "4"}, "ephemeris_type is 4"),
    ],
)
def test_a_bad_set_names_its_field(fields, write, change, words):
    """A refused set says which field is wrong and what was expected."""
    (refusal,) = parse_elements(write(fields | change)).refusals
    assert words in refusal.reason
    assert refusal.name == "ISS (ZARYA)"


@pytest.mark.parametrize(
    "norad_id", [25544, 100000, 339999, 340000, 799501621, 999999999, "+25544", "00964"]
)
def test_numbers_to_nine_digits(fields, norad_id):
    """OMM carries any catalog number."""
    (located,) = parse_elements(_as_json(fields | {"NORAD_CAT_ID": norad_id})).sets
    assert located.element_set.norad_id == int(norad_id)


def test_epochs_that_are_times(fields):
    """Every time that CCSDS allows is read: Z or not, fraction or not, by day of the year."""
    for vector in json.loads((_VECTORS / "ccsds-epoch-strings.json").read_text())["valid"]:
        (located,) = parse_elements(_as_json(fields | {"EPOCH": vector["text"]})).sets
        epoch = located.element_set.epoch.replace(tzinfo=None).isoformat(timespec="microseconds")
        assert epoch in {vector["iso"], *vector.get("iso_alternatives", [])}


@pytest.mark.parametrize(
    ("fraction", "microsecond"),
    [
        ("", 0),
        (".1", 100_000),
        (".1234564", 123_456),
        (".1234565", 123_457),
        (".99999949", 999_999),
    ],
)
def test_epochs_are_rounded(fields, fraction, microsecond):
    """Digits beyond the microsecond are rounded, not cut."""
    epoch = f"2026-12-31T23:59:59{fraction}"
    (located,) = parse_elements(_as_json(fields | {"EPOCH": epoch})).sets
    assert located.element_set.epoch.microsecond == microsecond


def test_an_epoch_that_rounds_to_the_next_year(fields):
    """Rounding carries over, to the next year if need be."""
    (located,) = parse_elements(_as_json(fields | {"EPOCH": "2026-12-31T23:59:59.9999999"})).sets
    assert located.element_set.epoch.isoformat() == "2027-01-01T00:00:00+00:00"


@pytest.mark.parametrize("theory", ["SGP4", "sgp4", "SGP/SGP4", ""])
def test_the_theory_by_all_its_names(fields, iss, theory):
    """What CelesTrak and Space-Track call SGP4 is SGP4."""
    (located,) = parse_elements(_as_json(fields | {"MEAN_ELEMENT_THEORY": theory})).sets
    assert located.element_set == iss


def test_a_column_that_is_there_twice(reference):
    """Nobody can know which of two columns of one name is meant."""
    text = (reference / "iss_css.csv").read_text().replace("OBJECT_ID", "EPOCH")
    with pytest.raises(NotElements, match="with two of the columns EPOCH"):
        parse_elements(text)


@pytest.mark.parametrize("epoch", ["2026-001T00:00:00", "2026-299T00:00:00", "2024-366T00:00:00"])
def test_epochs_by_day_of_the_year(fields, epoch):
    """A day of the year is counted from 1."""
    (located,) = parse_elements(_as_json(fields | {"EPOCH": epoch})).sets
    assert f"{located.element_set.epoch:%Y-%jT%H:%M:%S}" == epoch


@pytest.mark.parametrize(
    "epoch",
    [
        "2026-02-30T00:00:00",
        "9999-366T23:59:60",
        "2026-10-09",
        "2026-000T00:00:00",
        "2026-367T00:00:00",
        "2026-400T00:00:00",
    ],
)
def test_epochs_that_are_no_times(fields, epoch):
    """A time that does not exist is refused, not rolled over."""
    (refusal,) = parse_elements(_as_json(fields | {"EPOCH": epoch})).refusals
    assert epoch in refusal.reason


def test_invalid_epochs_of_the_standard(fields):
    """The forms that CCSDS forbids are refused."""
    for vector in json.loads((_VECTORS / "ccsds-epoch-strings.json").read_text())["invalid"]:
        assert parse_elements(_as_json(fields | {"EPOCH": vector["text"]})).refusals


def test_cut_samples():
    """A cut file gives its whole sets and a report of the cut."""
    whole = parse_elements((_CORRUPT / "unedited-rows.csv").read_bytes()).sets
    rows = parse_elements((_CORRUPT / "c5-cut-last-row.csv").read_bytes())
    assert rows.sets == whole[:2]
    assert [(r.line, r.norad_id) for r in rows.refusals] == [(4, 69999)]
    array = parse_elements((_CORRUPT / "c5-cut-closing-bracket.json").read_bytes())
    assert [s for s, _ in array.sets] == [s for s, _ in whole]
    assert "cut" in array.refusals[0].reason


def test_json_cut_in_a_record(reference):
    """A list that ends in the middle of its second object still gives the first."""
    parsed = parse_elements((reference / "iss_css.json").read_text()[:-40])
    assert len(parsed.sets) == 1
    assert [refusal.line for refusal in parsed.refusals] == [2]


def test_records_of_other_kinds_are_refused_alone(fields):
    """A number among the objects is reported by its position."""
    parsed = parse_elements(json.dumps([7, fields, {}]))
    assert len(parsed.sets) == 1
    assert ["record 1 is a int" in r.reason or "record 3" in r.reason for r in parsed.refusals] == [
        True,
        True,
    ]


def test_a_stray_quote_spoils_its_own_row_only(reference):
    """An unbalanced quote in a CSV does not swallow the rows after it."""
    text = (reference / "iss_css.csv").read_text().replace("ISS (ZARYA)", '"ISS')
    parsed = parse_elements(text)
    assert [s.norad_id for s, _ in parsed.sets] == [48274]
    assert [refusal.line for refusal in parsed.refusals] == [2]


def test_unprintable_characters_leave_names(fields):
    """Names are made fit for a table, whatever escapes they came with."""
    (located,) = parse_elements(_as_json(fields | {"OBJECT_NAME": "I\x1b[31mSS\ud800\n A"})).sets
    assert located.element_set.name == "I[31mSS A"


def test_stored_text_is_exact(iss):
    """An element set survives its JSON text to the last bit."""
    awkward = replace(iss, bstar_per_earth_radius=0.1 + 0.2, norad_id=799501621, name='"Ä"')
    assert from_json(to_json(awkward)) == awkward
