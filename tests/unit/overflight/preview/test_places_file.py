import numpy as np
import pytest

from overflight.errors import PlacesFileError
from overflight.preview.places_file import LISTED, parse_places

HEADER = "name,latitude,longitude,height\n"


def _refusal(text):
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(PlacesFileError) as caught:
        parse_places(content, source="p.csv")
    return caught.value


# --- what is read -------------------------------------------------------------------------------


def test_columns():
    """Names, degrees and metres come out as they stand, in the order of the file."""
    places = parse_places(
        (HEADER + "Berlin,52.52,13.41,34\nCape Town,-33.9,18.4,-2.5\n").encode(), source="p.csv"
    )
    assert places.names == ["Berlin", "Cape Town"]
    assert places.observers.latitude_deg.tolist() == [52.52, -33.9]
    assert places.observers.longitude_deg.tolist() == [13.41, 18.4]
    assert places.observers.height_m.tolist() == [34.0, -2.5]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffname,latitude,longitude\nA,1,2\nB,3,4\n",
        "name,latitude,longitude\r\nA,1,2\r\n\r\nB,3,4",
        "\n\nLongitude, NAME ,latitude\n2,A,1\n4,B,3\n\n,,\n",
        'name,latitude,longitude\n"A","1","2"\n B , 3 ,+4.0\n',
        "HEIGHT,name,latitude,longitude\n,A,1,2\n 0 ,B,3,4\n",
    ],
    ids=["BOM", "CRLF and a blank line", "another order, blank rows", "quotes, spaces", "height"],
)
def test_tolerated(text):
    """A BOM, CRLF, quotes, spaces, blank rows and another order or case change nothing."""
    places = parse_places(text.encode(), source="p.csv")
    assert places.names == ["A", "B"]
    assert places.observers.latitude_deg.tolist() == [1.0, 3.0]
    assert places.observers.longitude_deg.tolist() == [2.0, 4.0]
    assert places.observers.height_m.tolist() == [0.0, 0.0]


def test_quoted_names():
    """A quoted name may hold commas, quotes and line ends; UTF-16 is read if it says so."""
    text = 'name,latitude,longitude\n"Paris, ""City""\nof Light",48.85,2.35\n'
    for encoding in ("utf-8", "utf-16"):
        [name] = parse_places(text.encode(encoding), source="p.csv").names
        assert name == 'Paris, "City"\nof Light'


def test_many_rows():
    """More rows than are read at a time stay in order, and all their cells together."""
    count = 1_234
    rows = "".join(f"n{k},{k / 100},{-k / 100}\n" for k in range(count))
    places = parse_places(b"name,latitude,longitude\n" + rows.encode(), source="p.csv")
    assert places.names == [f"n{k}" for k in range(count)]
    assert np.array_equal(places.observers.latitude_deg, np.arange(count) / 100)
    assert np.array_equal(places.observers.longitude_deg, -places.observers.latitude_deg)


def test_time_zones():
    """As values, places carry the zone in force where they are."""
    text = "name,latitude,longitude\nBerlin,52.52,13.41\nTokyo,35.7,139.7\n"
    zones = [place.time_zone for place in parse_places(text.encode(), source="p.csv").rows()]
    assert zones == ["Europe/Berlin", "Asia/Tokyo"]


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "name,latitude",
        "name,latitude,longitude,altitude",
        "name,latitude,longitude,latitude",
        "name;latitude;longitude",
        "name,lat,lon",
        "Berlin,52.52,13.41",
    ],
)
def test_wrong_headers(header):
    """A column that is missing, unknown or doubled refuses the file and names those expected."""
    error = _refusal(header + "\n")
    assert str(error).startswith("p.csv, line 1: expected the columns name, latitude, longitude")
    assert header in str(error)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("A,91,0,0", "latitude: expected degrees from -90 to 90, north positive, got '91'"),
        ("A,0,180.5,0", "longitude: expected degrees from -180 to 180, east positive, got '180.5'"),
        ("A,north,0,0", "latitude: expected degrees from -90 to 90, north positive, got 'north'"),
        ('A,"52,5",0,0', "got '52,5'"),
        ("A,nan,0,0", "got 'nan'"),
        ("A,0,inf,0", "got 'inf'"),
        ("A,0,,0", "longitude: expected degrees from -180 to 180, east positive, got nothing"),
        ("A,0,0,high", "height: expected metres above WGS84, from -100000 to 100000, got 'high'"),
        (" ,0,0,0", "name: expected a name, got nothing"),
        ("A,0,0", "expected 4 cells as in the header, got 3"),
        ("A,0,0,0,0", "expected 4 cells as in the header, got 5"),
    ],
)
def test_bad_rows(row, told):
    """A bad cell refuses the file and is told by file, line and column, with what was expected."""
    error = _refusal(HEADER + '"two\nlines",1,2,3\n\n' + row + "\nC,1,2,3\n")
    assert str(error).startswith("p.csv, line 5: ")
    assert told in str(error)
    assert error.lines == (5,)


def test_many_bad_rows():
    """The first few bad rows are told one by one, in the order of the file, the others counted."""
    good, bad = "A,1,2,3\n", "B,x,2,high\n"
    error = _refusal(HEADER + good * 700 + bad * 20)
    lines = str(error).splitlines()
    assert error.lines == (702, 702, 703, 703, 704)
    assert len(lines) == LISTED + 1
    assert lines[-1] == "and 35 more; correct them, or remove their rows"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1: expected the columns"),
        (HEADER.encode(), "expected a row for each place below the header, got none"),
        ((HEADER + 'A,1,2,3\n"B,1,2,3\n').encode(), "line 3: expected CSV"),
        ((HEADER + 'A,1,2,3\n"B" x,1,2,3\n').encode(), "line 3: expected CSV"),
        (HEADER.encode() + b"K\xf6ln,50.9,7,0\n", "line 2: expected text in UTF-8"),
    ],
    ids=["empty", "no rows", "open quote", "stray quote", "Latin-1"],
)
def test_no_places(content, told):
    """What is no CSV of places is refused with what it should be."""
    assert told in str(_refusal(content))
