"""From the cells of a row to a customer and what they consented to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from messaging.addresses import parse_address
from messaging.errors import CustomerRowError, MimeError, PersonalIdError
from messaging.people.customers import Customer
from messaging.people.horizons import parse_mask
from messaging.people.ids import hashed_id, looks_personal, quoted
from messaging.people.importing.cities import CityFinder
from messaging.people.importing.consent_cells import SpokenConsent, parse_consent
from messaging.people.importing.csv_lines import Header
from orbit.identity import Site
from orbit.places import time_zone_at

_DEGREES = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONGEST_ID = 200
_LIMITS_DEG = {"latitude": 90, "longitude": 180}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """What one row says."""

    customer: Customer
    consent: SpokenConsent


@dataclass(frozen=True, slots=True, kw_only=True)
class RowParser:
    """Reads rows under one header."""

    header: Header
    finder: CityFinder
    grid_deg: float
    """Grid to which positions are rounded; the exact ones go nowhere."""
    now_ms: int
    """The time of the import, ms UTC."""
    id_key: bytes | None = None
    """Key with which personal ids are hashed; without it they are refused."""

    def parse(self, cells: Mapping[str, str]) -> CustomerRow:
        """Read the cells of one row.

        Raises:
            CustomerRowError: a cell cannot be used; the first such one.
        """
        for column, cell in cells.items():
            if _CONTROL.search(cell):
                raise CustomerRowError(
                    "expected plain text, got a control character", column=column
                )
        plain = {column: " ".join(cell.split()) for column, cell in cells.items()}
        return CustomerRow(
            customer=self._customer(plain, cells),
            consent=parse_consent(plain, recorded_ms=self.now_ms),
        )

    def _customer(self, plain: Mapping[str, str], cells: Mapping[str, str]) -> Customer:
        city, country, latitude_deg, longitude_deg, time_zone = self._place(plain)
        site = Site.about(latitude_deg, longitude_deg, grid_deg=self.grid_deg)
        return Customer(
            customer_id=self._id(plain["id"]),
            name=plain.get("name", ""),
            email=_email(plain.get("email", "")),
            language=_language(plain.get("language", "")),
            time_zone=_time_zone(plain.get("time_zone", "")) or time_zone,
            city=city,
            country=country,
            latitude_deg=site.latitude_deg,
            longitude_deg=site.longitude_deg,
            horizon_mask=parse_mask(plain.get("horizon_mask", "")),
            attributes={name: cells[name].strip() for name in self.header.attributes},
        )

    def _id(self, customer_id: str) -> str:
        if not 0 < len(customer_id) <= _LONGEST_ID:
            expected = f"expected 1 to {_LONGEST_ID} characters"
            raise CustomerRowError(f"{expected}, got {len(customer_id)}", column="id")
        if not looks_personal(customer_id):
            return customer_id
        if self.id_key is None:
            raise PersonalIdError
        return hashed_id(customer_id, self.id_key)

    def _place(self, plain: Mapping[str, str]) -> tuple[str, str, float, float, str]:
        """Return city, country, latitude, longitude (exact) and time zone."""
        city, country = plain.get("city", ""), plain.get("country", "")
        name = city.partition(",")[0]
        if plain.get("latitude") or plain.get("longitude"):
            latitude_deg, longitude_deg = (_degrees(plain, axis) for axis in _LIMITS_DEG)
            time_zone = time_zone_at(latitude_deg, longitude_deg)
            return name, country, latitude_deg, longitude_deg, time_zone
        if not name:
            raise CustomerRowError(
                "expected where the customer is, got nothing; fill in city and country, or "
                "latitude and longitude"
            )
        place = self.finder.find(city, country)
        return name, place.country, place.latitude_deg, place.longitude_deg, place.time_zone


def _degrees(plain: Mapping[str, str], axis: str) -> float:
    text, limit_deg = plain[axis], _LIMITS_DEG[axis]
    number = text.replace("\N{MINUS SIGN}", "-")
    if _DEGREES.fullmatch(number) and abs(float(number)) <= limit_deg:
        return float(number)
    raise CustomerRowError(
        f"expected degrees from -{limit_deg} to {limit_deg} such as 52.52, got {quoted(text)}",
        column=axis,
    )


@lru_cache(maxsize=1_024)
def _time_zone(text: str) -> str:
    try:
        return ZoneInfo(text).key if text else ""
    except (LookupError, ValueError, OSError):
        expected = "expected a name such as Europe/Berlin, or nothing"
        raise CustomerRowError(f"{expected}, got {quoted(text)}", column="time_zone") from None


@lru_cache(maxsize=1_024)
def _language(text: str) -> str:
    if text and not _LANGUAGE.fullmatch(text):
        expected = "expected a language tag such as de or pt-BR, or nothing"
        raise CustomerRowError(f"{expected}, got {quoted(text)}", column="language")
    return text.replace("_", "-")


def _email(text: str) -> str:
    try:
        if text:
            parse_address(text)
    except MimeError:
        expected = "expected one address such as name@example.org, or nothing"
        raise CustomerRowError(f"{expected}, got something else", column="email") from None
    return text
