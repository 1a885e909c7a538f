from importlib import resources

import pytest

from tle import parse_elements

_VARIANTS = sorted(
    path
    for path in (resources.files("gpconf") / "corpus/derived/kvn-variants").iterdir()
    if path.name.endswith(".kvn")
)
_WHOLE = [path for path in _VARIANTS if not path.name.startswith("v05")]


@pytest.fixture
def kvn(reference):
    """ISS and Tianhe as KVN; the messages start on lines 1 and 26."""
    return (reference / "iss_css.kvn").read_text()


def test_each_message_is_a_set(kvn, iss, css):
    """Messages follow each other, each from its version on."""
    assert parse_elements(kvn).sets == [(iss, 1), (css, 26)]


@pytest.mark.parametrize("path", _WHOLE, ids=lambda path: path.name[:3])
def test_what_the_standard_allows(path):
    """Units, comments, signs, blanks and forms of time of one record all mean the same set."""
    (located,) = parse_elements(path.read_bytes()).sets
    (expected,) = parse_elements(_WHOLE[0].read_bytes()).sets
    assert located.element_set == expected.element_set


def test_a_message_without_a_number():
    """The standard lets the catalog number be left out; we cannot."""
    (refusal,) = parse_elements(_VARIANTS[4].read_bytes()).refusals
    assert "no value for NORAD_CAT_ID;" in refusal.reason


def test_brackets_belong_to_names(kvn):
    """Only numbers have units: what stands in brackets in a name is part of it."""
    (located, _) = parse_elements(kvn.replace("ISS (ZARYA)", "ISS = [+]")).sets
    assert located.element_set.name == "ISS = [+]"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("EPOCH   ", "HOUR    ", "no value for EPOCH"),
        ("REF_FRAME", "EPOCH = 2026-10-09T00:00:00\nREF_FRAME", "expected one value in a message"),
        ("INCLINATION         =", "INCLINATION ", "line 13 is 'INCLINATION 51.6314'"),
        ("TEME", "GCRF", "REF_FRAME is 'GCRF'; expected TEME"),
        ("51.6314", "51.6314 [deg", "INCLINATION is '51.6314 [deg'"),
        ("2026-10", "0000-10", "EPOCH is '0000-10"),
    ],
)
def test_a_bad_message_is_refused_alone(kvn, css, old, new, words):
    """A message with a wrong, missing or doubled value leaves its neighbours alone."""
    parsed = parse_elements(kvn.replace(old, new, 1))
    assert [s for s, _ in parsed.sets] == [css]
    (refusal,) = parsed.refusals
    assert words in refusal.reason
    assert (refusal.line, refusal.norad_id, refusal.name) == (1, 25544, "ISS (ZARYA)")


def test_any_cut_before_the_drag_term_is_reported(kvn, iss):
    """A file cut before the last value that an orbit needs gives its whole sets and a report."""
    second = kvn.rindex("CCSDS_OMM_VERS")
    for end in range(second + 20, kvn.rindex("MEAN_MOTION_DOT") - 1):
        parsed = parse_elements(kvn[:end])
        assert [s for s, _ in parsed.sets] == [iss]
        assert [refusal.line for refusal in parsed.refusals] == [26]


def test_a_file_cut_at_its_beginning(kvn, css):
    """What stands before the first version is refused as far as it is no message."""
    parsed = parse_elements(kvn[kvn.index("2026-10-09") :])
    assert [s for s, _ in parsed.sets] == [css]
    assert "expected KEYWORD = value" in parsed.refusals[0].reason


def test_a_message_needs_no_version(kvn, iss):
    """A single message that lost only its first line is still whole."""
    (located,) = parse_elements(kvn[kvn.index("CREATION") : kvn.rindex("CCSDS")]).sets
    assert located == (iss, 1)
