"""Cities by their names."""

import pytest

from orbit.places import Gazetteer, Place, bundled_gazetteer


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    """The bundled cities."""
    return bundled_gazetteer()


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("Berlin", "Berlin, DE"),
        ("bERLIN", "Berlin, DE"),
        ("München", "Munich, Bavaria, DE"),
        ("Muenchen", "Munich, Bavaria, DE"),
        ("Munchen", "Munich, Bavaria, DE"),
        ("Munich", "Munich, Bavaria, DE"),
        ("Düsseldorf", "Düsseldorf, North Rhine-Westphalia, DE"),
        ("Duesseldorf", "Düsseldorf, North Rhine-Westphalia, DE"),
        ("Koeln", "Köln, North Rhine-Westphalia, DE"),
        ("Cologne", "Köln, North Rhine-Westphalia, DE"),
        ("Tromsoe", "Tromsø, NO"),
        ("北京", "Beijing, CN"),
        ("Beijing", "Beijing, CN"),
        ("Peking", "Beijing, CN"),
        ("Москва", "Moscow, RU"),
        ("東京", "Tokyo, JP"),
        ("서울", "Seoul, KR"),
        ("القاهرة", "Cairo, EG"),
        ("दिल्ली", "Delhi, IN"),
        ("Αθήνα", "Athens, GR"),
        ("Sao Paulo", "São Paulo, BR"),
        ("São Paulo", "São Paulo, BR"),
        ("Xian", "Xi’an, CN"),
        ("Xi'an", "Xi’an, CN"),
        ("St. John's", "St. John's, Newfoundland and Labrador, CA"),
        ("Saint Johns", "St. John's, Newfoundland and Labrador, CA"),
        ("İstanbul", "Istanbul, TR"),
        ("ISTANBUL", "Istanbul, TR"),
        ("Lodz", "Łódź, PL"),
        ("New York", "New York City, New York, US"),
    ],
)
def test_every_spelling_leads_to_the_city(gazetteer: Gazetteer, query: str, label: str) -> None:
    """Native, English, plain and digraph spellings find the same city."""
    assert gazetteer.find(query)[0].label == label


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("Paris, US", "Paris, Texas, US"),
        ("Paris, USA", "Paris, Texas, US"),
        ("paris,texas", "Paris, Texas, US"),
        ("Paris, TX, United States", "Paris, Texas, US"),
        ("Paris, France", "Paris, FR"),
        ("London, Ontario", "London, Ontario, CA"),
        ("London, UK", "London, England, GB"),
        ("London, Great Britain", "London, England, GB"),
        ("Perth, Scotland", "Perth, Scotland, GB"),
        ("Perth, WA", "Perth, Western Australia, AU"),
        ("Washington, D.C.", "Washington, District of Columbia, US"),
        ("Wien, Österreich", "Vienna, AT"),
        ("Ontario, CA", "Ontario, California, US"),
        ("Amsterdam, The Netherlands", "Amsterdam, NL"),
        ("Atlanta, Georgia", "Atlanta, Georgia, US"),
        ("Berlin,", "Berlin, DE"),
    ],
)
def test_what_follows_a_comma_narrows(gazetteer: Gazetteer, query: str, label: str) -> None:
    """Countries and regions, by name, alias or code, choose among namesakes."""
    assert gazetteer.find(query)[0].label == label


@pytest.mark.parametrize("query", ["Berlin, France", "Berlin, Nowhere", "Berln", "", ",", "DE"])
def test_no_match_is_an_empty_list(gazetteer: Gazetteer, query: str) -> None:
    """A name that is unknown, or unknown there, finds nothing."""
    assert gazetteer.find(query) == []


def test_namesakes_come_by_population(gazetteer: Gazetteer) -> None:
    """Among cities of the same own name the most populous is first."""
    people = [place.population for place in gazetteer.find("Paris") if place.name == "Paris"]
    assert len(people) > 1
    assert people == sorted(people, reverse=True)


@pytest.mark.parametrize(
    ("query", "country"),
    [("Zaragoza", "ES"), ("Islamabad", "PK"), ("Salem", "IN"), ("Sevilla", "ES"), ("Odessa", "UA")],
)
def test_a_city_is_above_all_what_it_is_called(
    gazetteer: Gazetteer, query: str, country: str
) -> None:
    """A rare second name of a large city does not hide the city of that name."""
    assert gazetteer.find(query)[0].country == country


def test_find_is_limited(gazetteer: Gazetteer) -> None:
    """A limit keeps the likeliest."""
    assert gazetteer.find("Springfield", limit=2) == gazetteer.find("Springfield")[:2]


def test_a_place_is_complete(gazetteer: Gazetteer) -> None:
    """All that a plan or a text needs comes with the place."""
    (place,) = gazetteer.find("Wellington", limit=1)
    assert place.country_name == "New Zealand"
    assert place.time_zone == "Pacific/Auckland"
    assert place.population > 100_000
    assert (place.latitude_deg, place.longitude_deg) == pytest.approx((-41.29, 174.78), abs=0.02)


@pytest.mark.parametrize(
    ("admin1", "label"),
    [
        ("Texas", "Paris, Texas, US"),
        ("TX", "Paris, US"),
        ("08", "Paris, US"),
        ("Paris", "Paris, US"),
    ],
)
def test_labels_show_regions_that_tell_something(admin1: str, label: str) -> None:
    """A bare code or the city's own name is no help to a reader."""
    place = Place(
        name="Paris",
        admin1=admin1,
        country="US",
        latitude_deg=33.66,
        longitude_deg=-95.56,
        time_zone="America/Chicago",
    )
    assert place.label == label


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("Berln", "Berlin"),
        ("Amsterdm", "Amsterdam"),
        ("Sao Poalo", "São Paulo"),
        ("Cincinatti", "Cincinnati"),
        ("Rekjavik", "Reykjavík"),
        ("Hambrug", "Hamburg"),
        ("Munchn", "Munich"),
        ("Мосва", "Moscow"),
        ("Bostn, US", "Boston, Massachusetts, US"),
        ("Berlin, France", "Berlin, DE"),
        ("Paris, Txas", "Paris, FR"),
    ],
)
def test_misspellings_bring_the_city_first(gazetteer: Gazetteer, query: str, first: str) -> None:
    """The best suggestion is the large city that was meant."""
    assert gazetteer.suggest(query)[0] == first


def test_suggestions_can_be_found(gazetteer: Gazetteer) -> None:
    """Whatever is suggested leads somewhere when typed."""
    suggestions = [
        name
        for query in ("Viena", "Santigo", "Lisbn, PT", "Bern, US")
        for name in gazetteer.suggest(query)
    ]
    assert suggestions
    assert all(map(gazetteer.find, suggestions))


def test_suggestions_are_few_and_distinct(gazetteer: Gazetteer) -> None:
    """A name is suggested once, and no more names than asked for."""
    suggestions = gazetteer.suggest("San Jos", limit=3)
    assert len(suggestions) == len(set(suggestions)) <= 3


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "name"),
    [
        (52.4, 13.07, "Potsdam"),
        (-16.6, 179.99, "Labasa"),
        (-16.6, -179.99, "Labasa"),
        (90.0, 0.0, "Longyearbyen"),
        (-90.0, 123.0, "Ushuaia"),
    ],
)
def test_nearest_knows_the_globe_is_round(
    gazetteer: Gazetteer, latitude_deg: float, longitude_deg: float, name: str
) -> None:
    """Neither the date line nor a pole misleads."""
    assert gazetteer.nearest(latitude_deg, longitude_deg).name == name


def test_all_cities_can_be_walked(gazetteer: Gazetteer) -> None:
    """Each city is on the globe and can be found by its name and country."""
    cities = list(gazetteer.cities())
    assert len(cities) > 30_000
    assert all(abs(city.latitude_deg) <= 90 and abs(city.longitude_deg) <= 180 for city in cities)
    assert all(gazetteer.find(f"{city.name}, {city.country}") for city in cities[::50])
