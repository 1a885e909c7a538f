import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orbit.ephemeris import propagate
from orbit.observers import Observer, Observers
from orbit.passes import find_passes
from orbit.publishing.columns import COLUMNS
from orbit.publishing.rows import published_columns, rows
from overflight.preview.text_files import TEXT_WRITERS

START = datetime(2026, 10, 10, tzinfo=UTC)
NAMES = [
    "plain",
    'a "quoted", name',
    "two\nlines\rand\u2028more",
    "back\\slash, tab\t and bell\x07",
    "東京, Zürich",
    "null",
    "%s",
    "",
]


@pytest.fixture(scope="module")
def found(iss):
    """Passes of minutes, and of a satellite that never sets, over places with awkward names."""
    places = [
        Observer(name=name, latitude_deg=0.00001 + 6.0 * k, longitude_deg=135.0, height_m=20.0 * k)
        for k, name in enumerate(NAMES)
    ]
    still = replace(
        iss,
        name='STILL, "100%"',
        mean_motion_rev_per_day=1.0027,
        eccentricity=0.0002,
        inclination_deg=0.05,
    )
    passes = []
    for element_set in (iss, still):
        ephemeris = propagate(element_set, START, START + timedelta(days=3))
        each = find_passes(ephemeris, Observers.of(places))
        passes += rows(each, places, grid_deg=0.1)
    assert {pass_.observer.name for pass_ in passes} == set(NAMES)
    assert (
        {pass_.visible for pass_ in passes}
        == {pass_.always_up for pass_ in passes}
        == {True, False}
    )
    return passes


def _text(output_format, batches):
    out = io.StringIO(newline="")
    count = TEXT_WRITERS[output_format](out, batches)
    return count, out.getvalue()


def test_csv_reads_back(found):
    """The csv module reads back each pass: null as nothing, truth in lower case, exact numbers."""
    count, text = _text("csv", [found[:5], [], found[5:]])
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == COLUMNS
    assert count == len(lines) == len(found)
    for line, row in zip(lines, zip(*published_columns(found), strict=True), strict=True):
        for cell, value in zip(line, row, strict=True):
            if value is None:
                assert cell == ""
            elif isinstance(value, bool):
                assert cell == str(value).lower()
            else:
                assert type(value)(cell) == value


def test_csv_quotes_no_more_than_it_must(found):
    """Only texts with commas, quotes or ends of lines stand in quotes, as the csv module does."""
    plain = [pass_ for pass_ in found if pass_.observer.name == "plain"]
    assert '"' not in _text("csv", [[pass_ for pass_ in plain if not pass_.always_up]])[1]
    quoted = [pass_ for pass_ in found if pass_.observer.name == NAMES[1]]
    assert ',"a ""quoted"", name",' in _text("csv", [quoted])[1]


@pytest.mark.parametrize("output_format", ["json", "jsonl"])
def test_json_is_that_of_each_pass(found, output_format):
    """JSON of many passes reads back as that of each alone, and is written as json does it."""
    count, text = _text(output_format, [found[:5], [], found[5:]])
    alone = [pass_.to_json() for pass_ in found]
    if output_format == "json":
        assert json.loads(text) == alone
    lines = [line.removesuffix(",") for line in text.split("\n") if line not in "[]"]
    assert count == len(lines) == len(alone)
    for line, facts in zip(lines, alone, strict=True):
        assert json.loads(line) == facts
        # msgspec writes numbers below 1e-4 without an exponent
        assert line.replace(": 0.00001,", ": 1e-05,") == json.dumps(facts, ensure_ascii=False)


@pytest.mark.parametrize(
    ("output_format", "text"),
    [("csv", ",".join(COLUMNS) + "\n"), ("json", "[]\n"), ("jsonl", "")],
)
def test_no_passes(output_format, text):
    """Without passes there is what the format needs around them, and no more."""
    assert _text(output_format, []) == (0, text)
    assert _text(output_format, [[], []]) == (0, text)
