"""The bundled data of ``overflight demo``: two real element sets, invented customers."""

import csv
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from random import Random

from messaging.campaigns.store import load_into
from messaging.steering import move
from orbit.defaults import GRID_DEG
from orbit.places import City, bundled_gazetteer
from overflight.customers.importing import check_file, import_customers, save_in
from overflight.database.opening import open_database
from tle import load_elements, parse_elements
from tle.storage.port import Database

START = datetime(2026, 10, 10, tzinfo=UTC)
COUNTRIES = 75
SEED = 20181111  # the day the story was meant to happen

_LANGUAGES = {
    "zh": ("CN", "TW", "SG"),
    "de": ("DE", "AT", "CH"),
    "es": ("ES", "MX", "CO", "AR", "PE", "VE", "CL", "EC", "GT", "CU", "BO", "DO", "HN", "PY"),
    "ar": ("EG", "SA", "IQ", "DZ", "MA", "SD", "SY", "YE", "TN", "JO", "AE", "LY", "LB", "KW"),
}
_NAMES = {
    "en": ("Grace", "Oluwaseun", "Priya", "Kenji", "Amara", "Liam", "Sofia", "Thabo", "Mei"),
    "de": ("Anna", "Lukas", "Greta", "Jonas", "Frieda", "Emil", "Marlene", "Oskar"),
    "zh": ("王芳", "李伟", "张敏", "刘洋", "陈静", "杨帆", "赵磊", "黄丽"),
    "es": ("Lucía", "Mateo", "Valentina", "Diego", "Camila", "Andrés", "Elena", "Joaquín"),
    "ar": ("ليلى", "عمر", "فاطمة", "يوسف", "مريم", "خالد", "نور", "سمير"),
}
_HEADER = (
    "id", "name", "email", "language", "latitude", "longitude", "city", "country", "consent",
    "consent_purpose", "consent_channel", "consent_at", "consent_wording", "consent_source",
)  # fmt: skip


def prepare(home: Path, *, customers: int) -> Database:
    """Fill a fresh home: element sets, customers, one armed campaign."""
    database = open_database(f"sqlite:///{home / 'overflight.sqlite3'}")
    fill(database, home, customers=customers)
    return database


def fill(database: Database, folder: Path, *, customers: int) -> None:
    """Put the bundled data into a fresh database; the customers pass through a file."""
    now = START - timedelta(hours=1)
    data = files("overflight") / "data"
    parsed = parse_elements((data / "demo.3le").read_bytes(), source="demo")
    load_elements(database, parsed.sets, source="demo", now=now)
    path = folder / "customers.csv"
    write_customers(path, customers)
    for _ in import_customers(
        check_file(path), save=save_in(database, now=now), grid_deg=GRID_DEG, now=now
    ):
        pass
    definition = (data / "demo.toml").read_text(encoding="utf-8")
    stored, _ = load_into(database, definition, source="demo", now=now)
    move(database, stored.key, "approve", actor="demo", now=now)
    move(database, stored.key, "arm", actor="demo", now=now)


def write_customers(path: Path, count: int) -> None:
    """Write invented customers over real cities, the same ones every time.

    One in twenty has never been asked, one in fifty has withdrawn: they must get nothing.
    """
    random = Random(SEED)  # noqa: S311 - a draw that anyone can repeat
    cities = _cities()
    countries = list(cities)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for number in range(count):
            # Every country has someone; the rest are spread by the size of the cities.
            country = countries[number % COUNTRIES] if number % 2 else random.choice(countries[:25])
            city = random.choice(cities[country])
            writer.writerow(_customer(random, number, city))


def _customer(random: Random, number: int, city: City) -> tuple[object, ...]:
    language = next((tag for tag, where in _LANGUAGES.items() if city.country in where), "en")
    consent = random.choices(("yes", "", "no"), (93, 5, 2))[0]
    return (
        f"demo-{number + 1:06d}",
        random.choice(_NAMES[language]),
        f"demo-{number + 1}@example.org",
        language,
        city.latitude_deg,
        city.longitude_deg,
        city.name,
        city.country,
        consent,
        "marketing",
        "file",
        "2026-09-01",
        "greetings-1",
        "demo",
    )


def _cities() -> dict[str, list[City]]:
    """Return the larger cities of the most populous countries, those first."""
    by_country: defaultdict[str, list[City]] = defaultdict(list)
    for city in bundled_gazetteer().cities():
        by_country[city.country].append(city)
    largest = sorted(
        by_country, key=lambda country: -sum(city.population for city in by_country[country])
    )
    return {
        country: sorted(by_country[country], key=lambda city: -city.population)[:100]
        for country in largest[:COUNTRIES]
    }
