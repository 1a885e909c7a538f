from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sgp4.io import fix_checksum

from tle import Parsed, TleError, parse_elements
from tle.formats.omm_json import from_json, to_json

_FOLDER = Path(__file__).parents[1] / "reference" / "elements"
_FILES = [path.read_bytes() for path in sorted(_FOLDER.glob("iss_css.*"))]
_LINES = (_FOLDER / "iss_css.3le").read_text().splitlines()[1:3]
_GOOD = parse_elements("\n".join(_LINES)).sets[0].element_set
_PIECES = (
    *(
        "<ndm>",
        "</ndm>",
        "<omm>",
        "</omm>",
        "<EPOCH>",
        "</EPOCH>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
    ),
    *("&#0;", "&x;", "\ud800", "\x00", "\ufeff", "CCSDS_OMM_VERS", "EPOCH", " = ", "[deg]", "\n"),
    *(
        "COMMENT ",
        "9" * 5000,
        "1e999",
        "nan",
        "-",
        "2026-366T23:59:60.99999999",
        "1 25544",
        ",",
        '"',
    ),
)
"""Words of every format, to be put together at random."""


def _parse(data):
    """Parse, with refusal of the whole as an empty result; any other error escapes."""
    try:
        return parse_elements(data)
    except TleError:
        return Parsed(sets=[], refusals=[])


@given(
    st.binary()
    | st.text(st.characters())
    | st.text('[]{}",:1 2\nNORAD_CATEPH.-')
    | st.lists(st.sampled_from(_PIECES)).map("".join)
)
def test_nothing_crashes_the_parser(data):
    """Whatever the bytes or the text, the answer is sets, refusals, or a TleError."""
    assert isinstance(_parse(data), Parsed)


@given(st.sampled_from(_FILES), st.data())
def test_damaged_files_never_crash(original, data):
    """A real file with a piece replaced by anything still gives an answer and storable sets."""
    start = data.draw(st.integers(0, len(original)))
    end = data.draw(st.integers(start, min(start + 100, len(original))))
    damaged = original[:start] + data.draw(st.binary(max_size=20)) + original[end:]
    for element_set, line in _parse(damaged).sets:
        assert line >= 1
        assert len(element_set.content_hash) == 64
        assert from_json(to_json(element_set)) == element_set


@given(st.integers(0, 1), st.integers(2, 68), st.sampled_from("0123456789"))
def test_a_changed_digit_is_never_believed(row, column, digit):
    """No digit of a TLE can change without the set being refused."""
    lines = list(_LINES)
    changed = lines[row][:column] + digit + lines[row][column + 1 :]
    if changed == lines[row] or (digit == "0" and not lines[row][column].isdigit()):
        return  # a 0 for a blank leaves number and checksum as they were
    if lines[row][column] == "-" and digit == "1":
        return  # counts as much as the sign it replaces
    lines[row] = changed
    assert _parse("\n".join(lines)).sets == []


@st.composite
def _shifted_lines(draw):
    """One element line in which characters moved by a column or two; its checksum agrees again."""
    row = draw(st.integers(0, 1))
    line = _LINES[row][:-1]
    for _ in range(draw(st.integers(1, 3))):
        taken = draw(st.integers(2, len(line) - 1))
        put = draw(st.integers(max(2, taken - 2), taken + 2))
        character = draw(st.just(" ") | st.sampled_from("0123456789"))
        rest = line[:taken] + line[taken + 1 :]
        line = rest[:put] + character + rest[put:]
    return row, fix_checksum(line)


@given(_shifted_lines())
def test_shifted_lines_never_crash(shifted):
    """Characters that moved spoil at most their own set, whatever the checksum says."""
    row, line = shifted
    lines = list(_LINES)
    lines[row] = line
    parsed = parse_elements("\n".join([*lines, *_LINES]))
    assert parsed.sets[-1] == (_GOOD, 3)
    assert len(parsed.sets) + len(parsed.refusals) == 2
    for element_set, _ in parsed.sets:
        assert from_json(to_json(element_set)) == element_set
