import json
from datetime import UTC, datetime
from importlib import resources

import pytest
from sgp4.io import fix_checksum

from tle import parse_elements

_LINE_1 = "1 25544U 98067A   26282.82140208  .00006479  00000+0  12652-3 0  9999"
_LINE_2 = "2 25544  51.6314  92.7969 0006774 242.6225 117.4075 15.48793003589525"
_GPCONF = resources.files("gpconf") / "corpus"


def _edited(line, column, text):
    """Replace characters from a 1-based column on and correct the checksum."""
    return fix_checksum(line[: column - 1] + text + line[column - 1 + len(text) :])


def _numbered(number):
    return "\n".join(_edited(line, 3, number) for line in (_LINE_1, _LINE_2))


def test_every_column_is_read(iss):
    """Each number of the two lines lands in its field, to the last digit."""
    assert (iss.norad_id, iss.name) == (25544, "ISS (ZARYA)")
    assert (iss.international_designator, iss.classification) == ("1998-067A", "U")
    assert iss.mean_motion_rev_per_day == 15.48793003
    assert iss.eccentricity == 0.0006774
    assert (iss.inclination_deg, iss.raan_deg) == (51.6314, 92.7969)
    assert (iss.argument_of_perigee_deg, iss.mean_anomaly_deg) == (242.6225, 117.4075)
    assert iss.mean_motion_dot_rev_per_day2 == 0.00006479
    assert iss.mean_motion_ddot_rev_per_day3 == 0.0
    assert iss.bstar_per_earth_radius == 0.00012652
    assert (iss.element_set_no, iss.revolution_at_epoch, iss.ephemeris_type) == (999, 58952, 0)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", ""),
        ("ISS (ZARYA)\n", "ISS (ZARYA)"),
        ("0 ISS (ZARYA)\n", "ISS (ZARYA)"),
        ("ISS   (ZARYA)          \n", "ISS (ZARYA)"),
        ("\n# a comment\n\nISS\n\n", "ISS"),
        ("0 2001 XX\n", "2001 XX"),
        ("CAF\x85É\n", "CAF É"),
        ("\x00 A\tB \x1b C\n", "A B C"),
    ],
)
def test_name_line(header, name):
    """A name line may be missing, numbered 0, padded, or preceded by noise."""
    (located,) = parse_elements(f"{header}{_LINE_1}\n{_LINE_2}\n").sets
    assert located.element_set.name == name


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_blanks_and_comments(three_le, end):
    """Any line ending, trailing blanks, blank lines and comments leave the sets as they are."""
    noisy = end.join(["# header", *(f"{line}   {end}" for line in three_le.splitlines())])
    assert [s for s, _ in parse_elements(noisy).sets] == [
        s for s, _ in parse_elements(three_le).sets
    ]


def test_line_numbers_are_those_of_the_file(three_le):
    """A set is located by its line 1, counted in the file as an editor does."""
    assert [line for _, line in parse_elements("\n\n# x\n" + three_le).sets] == [5, 8]


def test_lower_case_classification(iss):
    """A lower-case u is the same classification."""
    (located,) = parse_elements(f"{_LINE_1.replace('U', 'u')}\n{_LINE_2}").sets
    assert located.element_set.content_hash == iss.content_hash


def test_duplicates_are_kept(three_le):
    """A set that is twice in a file is given twice; the store sees that it is one."""
    assert len(parse_elements(three_le * 2).sets) == 4


def test_alpha5_vectors():
    """Alpha-5 numbers follow Space-Track's table."""
    examples = json.loads((_GPCONF / "vectors" / "alpha5.json").read_text())["official_examples"]
    for example in examples:
        (located,) = parse_elements(_numbered(example["field"])).sets
        assert located.element_set.norad_id == example["norad_cat_id"]


@pytest.mark.parametrize("number", ["I0000", "O0000", "00000"])
def test_numbers_that_do_not_exist(number):
    """I, O and zero name no satellite."""
    (refusal,) = parse_elements(_numbered(number)).refusals
    assert number in refusal.reason or "catalog number" in refusal.reason


@pytest.mark.parametrize(("number", "norad_id"), [("    5", 5), ("00005", 5)])
def test_short_numbers(number, norad_id):
    """Short numbers are padded by blanks or zeros."""
    assert parse_elements(_numbered(number)).sets[0].element_set.norad_id == norad_id


@pytest.mark.parametrize(
    ("field", "epoch"),
    [
        ("57001.00000000", datetime(1957, 1, 1, tzinfo=UTC)),
        ("56366.50000000", datetime(2056, 12, 31, 12, tzinfo=UTC)),
        ("98324.28472222", datetime(1998, 11, 20, 6, 49, 59, 999808, tzinfo=UTC)),
        ("19366.82137887", datetime(2020, 1, 1, 19, 42, 47, 134368, tzinfo=UTC)),
    ],
)
def test_epoch_years(field, epoch):
    """Two-digit years turn at 57, and day 366 of a common year is the next new year's day."""
    (located,) = parse_elements(f"{_edited(_LINE_1, 19, field)}\n{_LINE_2}").sets
    assert located.element_set.epoch == epoch


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (_LINE_1[:-1] + "8", _LINE_2, "line 1 ends with checksum 8; expected 9"),
        (_LINE_1, _LINE_2.replace("51.6314", "57.6314"), "line 2 ends with checksum 5; expected 1"),
        (_LINE_1[:-1], _LINE_2, "line 1 has 68 characters; expected 69"),
        (_LINE_1, _LINE_2 + "7", "line 2 has 70 characters; expected 69"),
        (_LINE_1, _LINE_2.replace(" 0006774", "0006774 "), "line 2 does not fit the columns"),
        (_LINE_1, _edited(_LINE_2, 3, "25545"), "catalog number of line 2 is '25545'"),
        (_LINE_1, _edited(_LINE_2, 9, "190.0000"), "inclination_deg is 190.0"),
        (_LINE_1, _edited(_LINE_2, 53, "19.00000000"), "mean_motion_rev_per_day is 19.0"),
        (_edited(_LINE_1, 21, "000"), _LINE_2, "day of the epoch"),
        (_edited(_LINE_1, 63, "4"), _LINE_2, "ephemeris_type is 4"),
    ],
)
def test_a_bad_set_is_refused_alone(three_le, first, second, words):
    """A bad set is reported with line, number, name and reason; its neighbours are kept."""
    parsed = parse_elements(f"{three_le}BAD\n{first}\n{second}\n{three_le}")
    (refusal,) = parsed.refusals
    assert len(parsed.sets) == 4
    assert (refusal.line, refusal.norad_id, refusal.name) == (8, 25544, "BAD")
    assert words in refusal.reason


@pytest.mark.parametrize(
    "epoch",
    ["              ", "26400.82140208", "26367.00000000", "26000.82140208", "26-82.82140208"],
)
def test_epochs_that_are_no_times(three_le, epoch):
    """An epoch that is missing or on no day of a year is refused, and the neighbours are kept."""
    parsed = parse_elements(f"{_edited(_LINE_1, 19, epoch)}\n{_LINE_2}\n{three_le}")
    (refusal,) = parsed.refusals
    assert len(parsed.sets) == 2
    assert "day of the epoch" in refusal.reason or "does not fit the columns" in refusal.reason


def test_one_bad_set_among_a_hundred():
    """Of a hundred sets with one bad checksum, ninety-nine are taken and one is located."""
    pairs = [_numbered(f"{number:05}") for number in range(1, 101)]
    pairs[41] = pairs[41].replace("51.6314", "57.6314")
    parsed = parse_elements("\n".join(pairs))
    assert len(parsed.sets) == 99
    assert [(refusal.line, refusal.norad_id) for refusal in parsed.refusals] == [(83, 42)]


def test_messages_are_fit_to_be_shown():
    """A message about a line shows neither control characters nor more than fits on a screen."""
    bad = _LINE_1.replace("U", "\x1b") + "x" * 1000
    (refusal,) = parse_elements(f"{bad}\n{_LINE_2}").refusals
    assert refusal.reason.replace("\n", "").isprintable()
    assert len(refusal.reason) < 300


@pytest.mark.parametrize(
    ("row", "column", "text", "span"),
    [
        (0, 21, "2 2", "columns 21 to 23"),
        (0, 21, "82 ", "columns 21 to 23"),
        (0, 65, "9 99", "columns 65 to 68"),
        (0, 65, "999 ", "columns 65 to 68"),
        (1, 9, "5 1.6314", "columns 9 to 16"),
        (1, 18, "9 2.7969", "columns 18 to 25"),
        (1, 27, "0006 74", "columns 27 to 33"),
        (1, 27, "006774 ", "columns 27 to 33"),
        (1, 35, "24 .6225", "columns 35 to 42"),
        (1, 44, "1 7.4075", "columns 44 to 51"),
        (1, 53, "1 .48793003", "columns 53 to 63"),
        (1, 64, "58 52", "columns 64 to 68"),
        (1, 64, "5895 ", "columns 64 to 68"),
    ],
)
def test_a_blank_inside_a_number(three_le, row, column, text, span):
    """A blank after a digit is refused by line and columns, though the checksum agrees."""
    lines = [_LINE_1, _LINE_2]
    lines[row] = _edited(lines[row], column, text)
    parsed = parse_elements("\n".join([*lines, three_le]))
    (refusal,) = parsed.refusals
    assert len(parsed.sets) == 2
    assert f"line {row + 1} has a blank after a digit in {span}:" in refusal.reason


def test_numbers_are_padded_by_blanks():
    """Blanks in place of leading zeros leave a set as it is."""
    zeros = _edited(_LINE_2, 9, "005.0000"), _edited(_LINE_2, 27, "0006774")
    blanks = _edited(_LINE_2, 9, "  5.0000"), _edited(_LINE_2, 27, "   6774")
    for pair in zip(zeros, blanks, strict=True):
        a, b = (parse_elements(f"{_LINE_1}\n{line}").sets for line in pair)
        assert a == b
        assert len(a) == 1


def test_the_message_shows_the_columns():
    """A refused line is shown under the official template, column for column."""
    bad = _LINE_2.replace("51.6314", "57.6314")
    (refusal,) = parse_elements(f"{_LINE_1}\n{bad}").refusals
    _, template, shown = refusal.reason.split("\n")
    assert shown == bad
    assert len(template) == len(shown) == 69
    assert [i for i, c in enumerate(template) if c == "."] == [
        i for i, c in enumerate(shown) if c == "."
    ]


@pytest.mark.parametrize(
    ("kept_lines", "words", "line"),
    [
        (range(5), "line 1 without a line 2", 5),
        (range(4), "a name without element lines", 4),
        ((0, 1, 3, 4, 5), "line 1 without a line 2", 2),
        ((0, 2, 3, 4, 5), "line 2 without a line 1", 2),
        ((1, 4, 5), "line 1 without a line 2", 1),
    ],
)
def test_cut_files(three_le, kept_lines, words, line):
    """A set that lost a line is reported, never paired with a line of its neighbour."""
    lines = three_le.splitlines()
    parsed = parse_elements("\n".join(lines[index] for index in kept_lines))
    (refusal,) = parsed.refusals
    assert words in refusal.reason
    assert refusal.line == line
    assert len(parsed.sets) == 1 if len(kept_lines) > 3 else len(parsed.sets) <= 1


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("c1-checksum-digit.tle", "checksum 1; expected 6"),
        ("c2-line-2-short.tle", "68 characters"),
        ("c3-letter-in-epoch.tle", "does not fit the columns"),
        ("c4-line-2-missing.tle", "line 1 without a line 2"),
    ],
)
def test_corrupt_samples(file, words):
    """The corrupt set in the middle of real ones is refused, the others read as ever."""
    folder = _GPCONF / "derived" / "corrupt-input"
    parsed = parse_elements((folder / file).read_bytes())
    good = parse_elements((folder / "unedited-sets.tle").read_bytes()).sets
    assert [s for s, _ in parsed.sets] == [good[0].element_set, good[2].element_set]
    (refusal,) = parsed.refusals
    assert (refusal.line, refusal.norad_id) == (5, 69999)
    assert words in refusal.reason


@pytest.mark.parametrize(
    ("file", "first", "count"),
    [
        ("alpha5-A-last-30-days-snapshot.tle", 100404, 256),
        ("alpha5-T-analyst-27xxxx-snapshot.tle", 270000, 346),
        ("alpha5-synthetic-epoch-years.tle", 330100, 100),
        ("alpha5-synthetic-letters.tle", 109999, 46),
    ],
)
def test_alpha5_samples(file, first, count):
    """Real files of Alpha-5 sets are read whole."""
    parsed = parse_elements((_GPCONF / "derived" / "alpha5-tle" / file).read_bytes())
    assert parsed.sets[0].element_set.norad_id == first
    assert (len(parsed.sets), parsed.refusals) == (count, [])
