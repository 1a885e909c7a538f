import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orbit import ArgumentError, Observer, Observers, find_passes, propagate, stream_passes
from orbit.masking import above_masks
from tle import from_skyfield, read_elements

START = datetime(2026, 10, 10, tzinfo=UTC)
END = START + timedelta(days=1)
PLACES = Observers.at([52.52, 39.9], [13.41, 116.4])


@pytest.fixture(scope="module")
def passes(iss):
    """The ISS over Berlin and Beijing in a day."""
    return find_passes(propagate(iss, START, END), PLACES)


@pytest.fixture(scope="module")
def endless(iss):
    """A satellite that never sets over the first place, and never rises over the second."""
    geo = replace(
        iss,
        norad_id=99_999,
        mean_motion_rev_per_day=1.00273791,
        eccentricity=1e-5,
        inclination_deg=0.01,
    )
    return find_passes(propagate(geo, START, END), Observers.at([0.0, 0.0], [0.0, 180.0]))


# --- columns and frames --------------------------------------------------------------------------


def test_columns(passes):
    """Columns are as long as the passes; times are UTC to the millisecond, as everywhere."""
    columns = passes.to_columns()
    assert {len(column) for column in columns.values()} == {len(passes)}
    for name in ("aos", "culmination", "los"):
        assert columns[name].dtype == "datetime64[ms]"
        ms = passes.ephemeris.milliseconds(getattr(passes, f"{name}_s"))
        assert (columns[name].astype(np.int64) == ms).all()
    assert (columns["aos"] < columns["culmination"]).all()
    assert (columns["norad_id"] == 25544).all()
    assert (columns["observer"] == passes.observer).all()


def test_columns_of_what_never_sets(endless):
    """Where there is no AOS or LOS, their times are NaT, which as a number is the least."""
    columns = endless.to_columns()
    assert columns["always_up"].all()
    for name in ("aos", "los"):
        assert np.isnat(columns[name]).all()
        assert (columns[name].astype(np.int64) == np.iinfo(np.int64).min).all()
        assert np.isnan(columns[f"{name}_azimuth_deg"]).all()
    assert not np.isnat(columns["culmination"]).any()


def test_no_passes_have_all_columns(iss):
    """Where there are no passes, the columns are those of any others, without rows."""
    none = find_passes(propagate(iss, START, START), PLACES)
    some = find_passes(propagate(iss, START, END), PLACES)
    assert len(none) == 0
    assert list(none) == []
    kinds = {name: column.dtype for name, column in none.to_columns().items()}
    assert kinds == {name: column.dtype for name, column in some.to_columns().items()}


def test_pandas(passes, endless):
    """A frame of pandas has the columns, and times that are aware and UTC."""
    pandas = pytest.importorskip("pandas")
    frame = passes.to_pandas()
    columns = passes.to_columns()
    assert list(frame) == list(columns)
    for name in ("aos", "culmination", "los"):
        assert frame[name].dtype == pandas.DatetimeTZDtype("ms", "UTC")
        assert (frame[name].dt.tz_localize(None).to_numpy() == columns[name]).all()
    assert frame["visible"].dtype == bool
    assert endless.to_pandas()["aos"].isna().all()


def test_polars(passes, endless):
    """A frame of polars has the columns, times that are aware and UTC, and null for nothing."""
    polars = pytest.importorskip("polars")
    frame = passes.to_polars()
    columns = passes.to_columns()
    assert frame.columns == list(columns)
    for name in ("aos", "culmination", "los"):
        assert frame.schema[name] == polars.Datetime("ms", "UTC")
        assert (frame[name].dt.replace_time_zone(None).to_numpy() == columns[name]).all()
    frame = endless.to_polars()
    assert frame["aos"].null_count() == frame["aos_azimuth_deg"].null_count() == len(endless)
    assert frame["culmination"].null_count() == 0


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_that_is_not_there(passes, monkeypatch, library):
    """Without the library, the error says what to install."""
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=f"{library} is not installed: pip install {library}"):
        getattr(passes, f"to_{library}")()


# --- rows ----------------------------------------------------------------------------------------


def test_rows(passes):
    """Iterating gives each pass as a row, in the order of the columns."""
    rows = list(passes)
    assert len(rows) == len(passes)
    culminations = [each.culmination.time.replace(tzinfo=None) for each in rows]
    assert culminations == passes.to_columns()["culmination"].astype(object).tolist()
    assert rows[0].observer == Observer(
        name="52.5200, 13.4100", latitude_deg=52.52, longitude_deg=13.41
    )
    assert rows[-1].observer.name == "39.9000, 116.4000"
    assert rows[0].pass_id.startswith("25544@+52.50+013.40@2026")


def test_repr(passes):
    """In a notebook, passes say of which satellite, when, how many, and over how many."""
    window = "2026-10-10T00:00Z to 2026-10-11T00:00Z"
    expected = f"<Passes of 25544 ISS (ZARYA), {window}: {len(passes)} over 2 observers>"
    assert repr(passes) == expected


# --- what is of another kind ---------------------------------------------------------------------


def _propagate(iss, **changes):
    return propagate(**{"element_set": iss, "start": START, "end": END, **changes})


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"start": "2026-10-10"}, TypeError, "start is of type str; expected an aware datetime"),
        (
            {"end": END.date()},
            TypeError,
            "end is of type date; expected an aware datetime",
        ),
        ({"end": np.datetime64("2026-10-11")}, TypeError, "end is of type datetime64; expected"),
        ({"start": START.replace(tzinfo=None)}, ArgumentError, "a time with a zone is an aware"),
        ({"uncertainty": 5.0}, TypeError, "uncertainty is of type float; expected an Uncertainty"),
        ({"element_set": "iss"}, TypeError, r"of type str; expected one ElementSet, such as read_"),
        ({"element_set": None}, TypeError, "element_set is of type NoneType; expected one"),
    ],
)
def test_propagating_something_else(iss, changes, kind, message):
    """What cannot be propagated is refused by what it is, with what was expected."""
    with pytest.raises(kind, match=message):
        _propagate(iss, **changes)


def test_an_ephemeris_or_many_for_an_element_set(iss, elements_file):
    """An ephemeris is not propagated again, and sets are propagated one by one."""
    for other in (_propagate(iss), [iss], read_elements(elements_file)):
        with pytest.raises(
            TypeError, match=f"of type {type(other).__name__}; expected one Element"
        ):
            _propagate(other)


def test_an_element_set_for_an_ephemeris(iss):
    """Passes are found of an ephemeris, block by block or at once."""
    for find in (find_passes, stream_passes):
        with pytest.raises(TypeError, match=r"ephemeris is of type ElementSet; .*propagate\(elem"):
            find(iss, PLACES)
    with pytest.raises(TypeError, match="expected a skyfield"):
        from_skyfield(_propagate(iss))


@pytest.mark.parametrize(
    "observers",
    [[(52.52, 13.41)], (52.52, 13.41), Observer(name="", latitude_deg=0, longitude_deg=0), None],
)
def test_no_observers(iss, observers):
    """A list of points, or a single one, is refused with how to make observers."""
    message = f"observers is of type {type(observers).__name__}; expected .* Observers.at"
    with pytest.raises(TypeError, match=message):
        find_passes(_propagate(iss), observers)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Observers.at("Berlin", 13.41), "latitude_deg is 'Berlin'; .*resolve_place"),
        (lambda: Observers.at(52.52, None), None),
        (
            lambda: Observers.at([52.52, [1.0]], 0.0),
            r"latitude_deg is \[52.52, \[1.0\]\]; expected",
        ),
        (lambda: Observers.at("52.52", 13.41), "latitude_deg is '52.52'; expected degrees"),
        (lambda: Observers.at(52.52, 13.41, "high"), "height_m is 'high'; expected metres"),
        (lambda: Observers.of([(52.52, 13.41)]), "an observer is of type tuple; .*Observers.at"),
        (
            lambda: Observers(latitude_deg=52.52, longitude_deg=13.41, height_m=0.0),
            "latitude_deg is of type float; expected a column of numbers; Observers.at takes any",
        ),
    ],
)
def test_no_coordinates(make, message):
    """Coordinates that are no numbers are refused with what was expected."""
    with pytest.raises((TypeError, ValueError), match=message):
        make()


@pytest.mark.parametrize(
    ("threshold", "kind", "message"),
    [
        ("high", TypeError, "min_elevation_deg is 'high'; expected degrees above the horizon"),
        (START, TypeError, "min_elevation_deg is datetime"),
        (91.0, ArgumentError, "expected -5 to 89 degrees"),
    ],
)
def test_no_threshold(iss, threshold, kind, message):
    """A threshold is a number of degrees."""
    with pytest.raises(kind, match=message):
        find_passes(_propagate(iss), PLACES, min_elevation_deg=threshold)


def test_no_masks(passes):
    """One mask an observer is a list of masks, and they cut passes."""
    with pytest.raises(TypeError, match="passes is of type Ephemeris; expected the Passes"):
        above_masks(passes.ephemeris, [None, None])
    for masks in (None, [(180, 20)] * 2, ["mask.csv"] * 2):
        with pytest.raises(TypeError, match="expected a list of a HorizonMask or None for each"):
            above_masks(passes, masks)
