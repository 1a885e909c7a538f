"""Files of customers: their header and their lines."""

import io

import pytest

from messaging.errors import CustomerFileError, CustomerRowError
from messaging.people.importing.csv_lines import read_header, read_lines


def lines_of(text: str):
    """Read a whole file."""
    file = io.StringIO(text, newline="")
    return list(read_lines(file, read_header(file.readline(), source="x.csv")))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter):
    """Comma, semicolon and tab are told apart by the header."""
    header = read_header(delimiter.join(["ID", " city ", "tier"]) + "\r\n", source="x.csv")
    assert header.columns == ("id", "city", "tier")
    assert header.attributes == ("tier",)
    assert header.delimiter == delimiter


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("lattitude", "latitude"),
        ("e-mail", "email"),
        ("consent_pupose", "consent_purpose"),
        ("timezone", "time_zone"),
        ("lon", "longitude"),
    ],
)
def test_a_misspelt_column_refuses_the_file_with_a_question(column, meant):
    """A column that looks like a known one is never taken for an attribute unasked."""
    with pytest.raises(CustomerFileError, match=f"{column}.*did you mean '{meant}'"):
        read_header(f"id,city,{column}", source="x.csv")


def test_a_column_that_is_meant_as_it_is_stays():
    """Naming a column as an attribute settles what it is."""
    header = read_header("id,city,county", source="x.csv", attributes=["county"])
    assert header.attributes == ("county",)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("", "'id', got nothing"),
        ("name,city", "'id', got 'name, city'"),
        ("id,name", "city and country"),
        ("id,latitude", "'longitude'"),
        ("id,city,city", "'city' twice"),
        ("id,city,", "name for column 3"),
        ("id,city,Favourite Dish", "'favourite dish'"),
        ("id,city,2nd", "'2nd'"),
    ],
)
def test_an_impossible_header_refuses_the_file(header, told):
    """The message names the column at fault and says that nothing was changed."""
    with pytest.raises(CustomerFileError, match=told) as caught:
        read_header(header, source="x.csv")
    assert "nothing was changed" in str(caught.value)


@pytest.mark.parametrize("cell", ["mei@example.org", "e@mail", "+49 170 1234567"])
def test_a_file_without_header_gives_nobody_away(cell):
    """A first line that is a customer is refused without repeating address or number."""
    with pytest.raises(CustomerFileError) as caught:
        read_header(f"id,city,{cell}", source="x.csv")
    assert cell not in str(caught.value)


def test_lines_are_counted_as_an_editor_counts_them():
    """Quoted line ends, CRLF and empty lines do not shift the numbers."""
    lines = lines_of('id,city,note\r\n1,Rome,"a\r\nb"\r\n\r\n,,\r\n2,Oslo,c')
    assert [(line.number, line.cells["note"]) for line in lines] == [(2, "a\r\nb"), (6, "c")]


@pytest.mark.parametrize("bad", ["1,Rome,x", "1", '1,"Ro"me'])
def test_a_broken_line_spoils_itself_only(bad):
    """A line with too many or too few cells, or stray quotes, leaves the next one alone."""
    first, second = lines_of(f"id,city\n{bad}\n2,Oslo\n")
    assert first.number == 2
    assert isinstance(first.cells, CustomerRowError)
    assert (second.number, second.cells) == (3, {"id": "2", "city": "Oslo"})


def test_a_quote_that_never_ends_is_refused_where_it_begins():
    """The lines it swallows are not imported as one cell."""
    *_, last = lines_of('id,city\n1,Rome\n2,"Oslo\n3,Bonn\n')
    assert last.number == 3
    assert isinstance(last.cells, CustomerRowError)
