"""Rows of customers: what the cells mean."""

import re

import pytest

from messaging.errors import CustomerRowError
from messaging.people.customers import Customer
from messaging.people.horizons import mask_text
from messaging.people.ids import hashed_id, looks_personal
from messaging.people.importing.cities import CityFinder
from messaging.people.importing.csv_lines import COLUMNS, Header
from messaging.people.importing.rows import RowParser
from orbit.places import bundled_gazetteer


def parse(id_key: bytes | None = None, **cells: str) -> Customer:
    """Read one row; the attribute is called ``tier``."""
    parser = RowParser(
        header=Header(columns=(*COLUMNS, "tier"), attributes=("tier",), delimiter=","),
        finder=CityFinder(bundled_gazetteer()),
        grid_deg=0.1,
        now_ms=1_790_000_000_000,
        id_key=id_key,
    )
    row = dict.fromkeys((*COLUMNS, "tier"), "") | {"id": "c-1", "city": "Tokyo"} | cells
    return parser.parse(row).customer


def refusal(**cells: str) -> CustomerRowError:
    """Why a row is refused."""
    with pytest.raises(CustomerRowError) as caught:
        parse(**cells)
    return caught.value


def test_a_city_gives_position_country_and_zone():
    """What the row leaves out is taken from the place; the position is on the privacy grid."""
    customer = parse(city="München", country="Germany")
    assert (customer.city, customer.country) == ("München", "DE")
    assert (customer.latitude_deg, customer.longitude_deg) == (48.1, 11.6)
    assert customer.time_zone == "Europe/Berlin"


def test_coordinates_win_and_are_rounded():
    """The exact position is nowhere in the customer."""
    customer = parse(city="Tokyo", latitude="\N{MINUS SIGN}33.8688", longitude="151.2093")
    assert (customer.latitude_deg, customer.longitude_deg) == (-33.9, 151.2)
    assert customer.time_zone == "Australia/Sydney"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"latitude": "95", "longitude": "0"}, "latitude"),
        ({"latitude": "0", "longitude": "180.1"}, "longitude"),
        ({"latitude": "nan", "longitude": "0"}, "latitude"),
        ({"latitude": "1_0", "longitude": "0"}, "latitude"),
        ({"latitude": "52,5", "longitude": "13"}, "latitude"),
        ({"latitude": "52.5"}, "longitude"),
        ({"city": "Bielefeldd", "country": "DE"}, "city"),
        ({"city": "Berlin", "country": "Atlantis"}, "city"),
        ({"language": "german"}, "language"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"time_zone": "../etc"}, "time_zone"),
        ({"email": "no address"}, "email"),
        ({"email": "a@example.org, b@example.org"}, "email"),
        ({"id": ""}, "id"),
        ({"name": "a\x00b"}, "name"),
        ({"consent_at": "soon"}, "consent_at"),
        ({"horizon_mask": "0:10 400:20"}, "horizon_mask"),
        ({"horizon_mask": "0:10 90:95"}, "horizon_mask"),
        ({"horizon_mask": "0:10 0:20"}, "horizon_mask"),
        ({"horizon_mask": "0-10"}, "horizon_mask"),
        ({"horizon_mask": "0:1e1"}, "horizon_mask"),
        ({"city": ""}, ""),
    ],
)
def test_an_impossible_cell_refuses_the_row(cells, column):
    """The refusal names the column at fault."""
    assert refusal(**cells).column == column


@pytest.mark.parametrize(
    ("city", "country", "told"),
    [
        ("Paris", "", "Paris, FR.*Paris, Texas, US"),
        ("Sydney", "", "New South Wales, AU.*Nova Scotia, CA"),
        ("Springfield", "US", "Missouri.*Massachusetts"),
    ],
)
def test_a_city_that_may_be_another_is_refused_with_the_candidates(city, country, told):
    """Nothing is guessed between namesakes."""
    error = refusal(city=city, country=country)
    assert error.column == "city"
    assert re.search(told, str(error))


@pytest.mark.parametrize(
    ("city", "country", "zone"),
    [
        ("Paris", "FR", "Europe/Paris"),
        ("Paris, Texas", "", "America/Chicago"),
        ("Shanghai", "CN", "Asia/Shanghai"),
        ("Hong Kong", "HK", "Asia/Hong_Kong"),
        ("Frankfurt", "DE", "Europe/Berlin"),
        ("New York", "US", "America/New_York"),
        ("Berlin", "", "Europe/Berlin"),
    ],
)
def test_a_city_that_is_clear_is_taken(city, country, zone):
    """Far smaller namesakes of the same country, and those next door, raise no question."""
    assert parse(city=city, country=country).time_zone == zone


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("", ""),
        ("0:10 90:25 180:5 270:12", "0:10 90:25 180:5 270:12"),
        (" 270:12;  0:10; ", "0:10 270:12"),
        ("359.8:7.6 45.4:-2.4 45.2:11", "0:8 45:11"),
        ("360:7 0:7", "0:7"),
        ("90:\N{MINUS SIGN}3", "90:-3"),
    ],
)
def test_a_horizon_mask_is_kept_in_whole_degrees(cell, kept):
    """Pairs in any order, between spaces or semicolons; an empty cell is an open horizon."""
    mask = parse(horizon_mask=cell).horizon_mask
    assert mask_text(mask) == kept
    assert parse(horizon_mask=kept).horizon_mask == mask


def test_a_wrong_horizon_mask_says_what_was_expected():
    """The refusal quotes the pair at fault and not the row."""
    told = str(refusal(horizon_mask="0:10 90/25"))
    assert told == "horizon_mask: expected azimuth:elevation pairs such as 0:10 90:25, got '90/25'"
    assert "an azimuth from 0 to 360 degrees, got 361" in str(refusal(horizon_mask="361:10"))
    assert "ada@example.org" not in str(refusal(horizon_mask="ada@example.org"))
    assert "+49 170" not in str(refusal(horizon_mask="+49 170 1234567"))


def test_texts_are_tidied_and_attributes_are_kept():
    """Spaces and line ends inside a name become one space; an attribute keeps its own."""
    customer = parse(name="  Ada \n King ", language="pt_BR", tier=" {{ gold }}\n1 ")
    assert customer.name == "Ada King"
    assert customer.language == "pt-BR"
    assert customer.attributes == {"tier": "{{ gold }}\n1"}


@pytest.mark.parametrize(
    "personal",
    [
        "ada@example.org",
        "Mei Lin <mei@example.org>",
        "@mei",
        "mei\N{FULLWIDTH COMMERCIAL AT}example.org",
        "+49 30 123456",
        "tel:+491701234567",
        "tel:5551234",
        "phone (555) 0123",
        "whatsapp491511234567",
        "(030) 123 456-78",
        "0170\N{EN DASH}12\N{EN DASH}345678",
        "491511234567",
        "0049/151/1234567",
        "INV-2026-000123",
    ],
)
def test_an_id_that_gives_a_person_away_is_refused_or_hashed(personal):
    """Such an id is stored only as a keyed hash, and no message repeats it."""
    error = refusal(id=personal)
    assert error.column == "id"
    assert personal not in str(error)
    hashed = parse(id=personal, id_key=b"k" * 32).customer_id
    assert len(hashed) == 32
    assert not looks_personal(hashed)


@pytest.mark.parametrize(
    "plain",
    [
        "c-001",
        "1234567",
        "20260101",
        "2024-0017",
        "demo-000123",
        "12345678-1234-4234-8234-123456789012",
        "user_7d444840-9dc0-11d1-b245-5ffdce74fad2",
        "5d41402abc4b2a76b9719d911017c592",
        "175928847299117063",
    ],
)
def test_other_ids_are_stored_as_they_are(plain):
    """Hashing leaves other ids alone, so the flag never adds a customer twice."""
    assert parse(id=plain).customer_id == plain
    assert parse(id=plain, id_key=b"k" * 32).customer_id == plain


@pytest.mark.parametrize(
    "column",
    ["latitude", "longitude", "city", "country", "language", "time_zone", "consent_at", "email"],
)
@pytest.mark.parametrize("personal", ["Mei <mei@example.org>", "tel 0170 1234567"])
def test_no_refusal_repeats_an_address_or_a_number(column, personal):
    """Cells that slipped into the wrong column are told by the column only."""
    position = {"latitude": "1", "longitude": "1"} if column in {"latitude", "longitude"} else {}
    told = str(refusal(**position | {column: personal}))
    assert "mei@" not in told
    assert "1234567" not in told


def test_spellings_of_one_id_have_one_hash_and_keys_differ():
    """The same person is found again, but only with the key of this home."""
    assert hashed_id("Ada@Example.org", b"k") == hashed_id("ada@example.org", b"k")
    assert hashed_id("+49 30/123456", b"k") == hashed_id("+4930123456", b"k")
    assert hashed_id("ada@example.org", b"k") != hashed_id("ada@example.org", b"l")


def test_no_repr_shows_what_is_personal():
    """A customer that ends up in a log leaks neither name, address nor position."""
    customer = parse(name="Ada King", email="ada@example.org", tier="gold", city="Osaka")
    for personal in ("Ada", "ada@", "gold", "Osaka", "34.7"):
        assert personal not in repr(customer)
