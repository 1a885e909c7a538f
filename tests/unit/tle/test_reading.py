from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tle import (
    AmbiguousSatellite,
    NotElements,
    UnknownSatellite,
    parse_elements,
    read_elements,
    select_satellite,
)
from tle.exporting import export_elements


@pytest.fixture
def file(tmp_path, iss, css):
    """Write sets to a file and read it."""

    def make(*element_sets, more=""):
        path = tmp_path / "some.csv"
        path.write_text("".join(export_elements(element_sets or (iss, css), "omm-csv")) + more)
        return read_elements(path)

    return make


@pytest.mark.parametrize(
    "key", [25544, "25544", "iss", "ISS (ZARYA)", " iss  (zarya)", "025544", np.int64(25544)]
)
def test_by_number_name_or_alias(file, iss, key):
    """A satellite is found by its number, its whole name or an everyday one."""
    sets = file()
    assert sets[key] == iss
    assert key in sets


def test_all_of_a_file(reference, iss, css):
    """The sets come in the order of the file, whether its path is text or a Path."""
    path = reference / "iss_css.3le"
    for sets in (read_elements(path), read_elements(str(path))):
        assert list(sets) == [iss, css]
        assert len(sets) == 2
        assert sets.refusals == ()
        assert repr(sets) == f"<ElementSets of {path}: 2 of 2 satellites>"


def test_the_newest_wins(file, iss):
    """Of several sets of one satellite the newest is meant, of equal epochs the later one."""
    older = replace(iss, epoch=iss.epoch - timedelta(days=1))
    same = replace(iss, bstar_per_earth_radius=0.0)
    sets = file(iss, older, same)
    assert len(sets) == 3
    assert sets["iss"] == same
    assert repr(sets).endswith("some.csv: 3 of 1 satellites>")


def test_refusals_stand_beside(file, iss):
    """A bad set is refused alone, with its line and the reason."""
    sets = file(iss, more="X,1998-067A,2026-10-09T19:42:49,15.4,0.2\n")
    assert list(sets) == [iss]
    [refusal] = sets.refusals
    assert refusal.line == 3
    assert "1 refused" in repr(sets)


@pytest.mark.parametrize("key", ["NOAA 19", "hubble", 20580, "0", "", 0, -1])
def test_nobody_knows_it(file, key):
    """A satellite that is not there is an UnknownSatellite, which is a KeyError."""
    sets = file()
    assert key not in sets
    with pytest.raises(UnknownSatellite) as caught:
        sets[key]
    assert isinstance(caught.value, KeyError)
    assert str(caught.value).startswith("no ")


def test_near_names(file):
    """A name that is nearly right is refused with the names that are near."""
    with pytest.raises(UnknownSatellite, match=r"near: 48274 CSS \(TIANHE\)"):
        file()["CSS (TIANHA)"]


def test_two_of_one_name(file, iss, css):
    """A name that two satellites have is refused, and is in nothing."""
    sets = file(replace(iss, name="TWIN"), replace(css, name="Twin"))
    with pytest.raises(AmbiguousSatellite, match="2 satellites are called 'twin'"):
        sets["twin"]
    assert "twin" not in sets


@pytest.mark.parametrize("key", [None, 25544.0, ("iss",), Path("iss")])
def test_no_key(file, key):
    """What is neither a number nor a text is refused by what it is."""
    sets = file()
    assert key not in sets
    with pytest.raises(TypeError, match="expected a satellite's catalog number or name, got"):
        sets[key]


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("1 25544U\n2 25544", ValueError, "got a text that begins '1 25544U 2 25544'"),
        ('[{"OBJECT_NAME": "ISS"}]', ValueError, "for a text there is parse_elements"),
        (b"stations.tle", TypeError, "expected the path of an element file, got bytes"),
        (25544, TypeError, "got int"),
        (None, TypeError, "got NoneType"),
    ],
)
def test_no_path(path, kind, message):
    """A text, or anything else that is no path, is refused with what was expected."""
    with pytest.raises(kind, match=message.replace("[", r"\[")):
        read_elements(path)


def test_no_file(tmp_path):
    """A file that is not there is said by the system; one of something else by what it is."""
    with pytest.raises(FileNotFoundError, match="no such"):
        read_elements(tmp_path / "no such")
    (tmp_path / "page").write_text("<html><title>Sign in</title>")
    with pytest.raises(NotElements, match="page: an HTML or XML page titled 'Sign in'"):
        read_elements(tmp_path / "page")


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        ("stations.tle", ValueError, "the path 'stations.tle', not the text of its file; read_ele"),
        ("/data/a b/active.CSV", ValueError, r"read_elements\(path\) reads it"),
        (Path("stations.tle"), TypeError, "for a path there is read_elements"),
        (None, TypeError, "expected the text of element sets, or its bytes, got NoneType"),
    ],
)
def test_a_path_as_text(data, kind, message):
    """A path given where a text is expected is recognised, and told where it belongs."""
    with pytest.raises(kind, match=message):
        parse_elements(data)


def test_a_number_as_query():
    """A query is text."""
    with pytest.raises(TypeError, match="expected a satellite's name or number as text, got 25544"):
        select_satellite(25544, [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("norad_id", "25544"),
        ("name", None),
        ("epoch", "2026-10-10"),
        ("inclination_deg", "51.6"),
        ("eccentricity", None),
    ],
)
def test_fields_of_a_wrong_kind(iss, field, value):
    """A field that is not of its kind is refused as one that is out of its limits."""
    with pytest.raises(ValueError, match=f"{field} is {value!r}; expected"):
        replace(iss, **{field: value})
