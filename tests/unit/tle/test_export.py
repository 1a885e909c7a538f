from dataclasses import replace
from importlib import resources

import pytest

from tle import parse_elements
from tle.exporting import EXPORT_FORMATS, export_elements
from tle.formats.registry import FORMATS as REGISTRY
from tle.motion.propagation import to_satrec

_OMM = [each for each in EXPORT_FORMATS if each != "tle"]
_SAMPLES = [
    path
    for folder in ("alpha5-tle", "corrupt-input", "kvn-variants")
    for path in (resources.files("gpconf") / "corpus/derived" / folder).iterdir()
    if not path.name.endswith(".provenance.json") and not path.name.startswith("v05")
]


def _again(sets, format_):
    parsed = parse_elements("".join(export_elements(sets, format_)))
    assert parsed.refusals == []
    return [element_set for element_set, _ in parsed.sets]


def test_the_command_offers_every_format():
    """The names on the command line are those of the formats."""
    assert set(EXPORT_FORMATS) == set(REGISTRY)


@pytest.mark.parametrize("format_", EXPORT_FORMATS)
@pytest.mark.parametrize("path", _SAMPLES, ids=lambda path: path.name)
def test_real_sets_come_back(path, format_):
    """Real sets of every format come back the same from every format that holds all of them."""
    sets = [element_set for element_set, _ in parse_elements(path.read_bytes()).sets]
    if format_ != "tle" or path.name.endswith(".tle"):
        assert _again(sets, format_) == sets


@pytest.mark.parametrize("format_", EXPORT_FORMATS)
def test_a_text_says_in_which_format_it_is(iss, css, format_):
    """What is exported is recognised as what it is, and by no other format."""
    text = "".join(export_elements([iss, css], format_))
    assert [name for name, each in REGISTRY.items() if each.recognises(text)] == [format_]


@pytest.mark.parametrize("format_", _OMM)
@pytest.mark.parametrize(
    "name",
    [
        "",
        'a "b", c',
        "#1",
        "# x",
        "A <&> ]]>",
        "Ä Å 天宫",
        "[X] = [deg]",
        "0 X",
        "COMMENT",
        "EPOCH = 1",
        "X, EPOCH",
        "'",
        "1 25544U",
    ],
)
def test_awkward_names(iss, css, name, format_):
    """A name with whatever the format itself uses comes back unchanged."""
    sets = [replace(iss, name=name), replace(css, norad_id=999_999_999)]
    assert _again(sets, format_) == sets


@pytest.mark.parametrize("name", ["0 X", "#1", "X,EPOCH", "EPOCH = 1", "1 25544U", "天宫", 'a "b"'])
def test_awkward_names_in_a_tle(iss, css, name):
    """A name line holds any name, even one that looks like something else."""
    sets = [replace(iss, name=name), css]
    assert _again(sets, "tle") == sets


def test_exact_to_the_last_bit(iss):
    """OMM carries every bit of a number, and every microsecond."""
    awkward = replace(
        iss, bstar_per_earth_radius=0.1 + 0.2, raan_deg=1 / 3, mean_motion_dot_rev_per_day2=-5e-324
    )
    for format_ in _OMM:
        assert _again([awkward], format_) == [awkward]


@pytest.mark.parametrize("format_", EXPORT_FORMATS)
def test_the_orbit_is_the_same_in_every_format(iss, css, format_):
    """Whichever format a set went through, SGP4 gives the same positions, bit for bit."""
    for element_set, again in zip([iss, css], _again([iss, css], format_), strict=True):
        expected, found = to_satrec(element_set), to_satrec(again)
        for days in (0.0, 0.5, 3.0):
            at = expected.jdsatepoch, expected.jdsatepochF + days
            assert found.sgp4(*at) == expected.sgp4(*at)


def test_nothing_at_all():
    """No set makes a text that holds none, in any format."""
    texts = {format_: "".join(export_elements([], format_)) for format_ in EXPORT_FORMATS}
    assert texts["tle"] == texts["omm-kvn"] == ""
    assert texts["omm-json"] == "[]\n"
    assert texts["omm-csv"].startswith("OBJECT_NAME,OBJECT_ID,EPOCH,")
    assert "<ndm>" in texts["omm-xml"]
