"""Customers as a person or a program is shown them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from messaging.channel_kinds import CHANNEL_KINDS
from messaging.people.consent import ANY, ConsentRecord, standing
from messaging.people.customers import Customer
from messaging.people.horizons import mask_text
from messaging.people.reading import consent_records, customers, customers_by_id
from tle.storage.port import Reader
from tle.times import from_ms


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CustomerView:
    """A customer under the names of the import's columns."""

    id: str
    name: str
    email: str
    """In full or masked."""
    language: str
    time_zone: str
    city: str
    country: str
    latitude_deg: float
    longitude_deg: float
    horizon_mask: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """One consent record."""

    kind: str
    purpose: str
    channel: str
    at: datetime | None
    wording: str
    source: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingView:
    """What the records come to for one purpose and one channel."""

    purpose: str
    channel: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """One customer, what is on record of their consent, and what it comes to."""

    customer: CustomerView
    standing: Sequence[StandingView]
    consent: Sequence[ConsentView]

    def facts(self) -> dict[str, Any]:
        """Return all by name."""
        return asdict(self.customer) | {"standing": self.standing, "consent": self.consent}


def list_customers(
    reader: Reader | None, *, limit: int | None, reveal: bool
) -> Iterator[CustomerView]:
    """Yield customers in the order they were added, in bounded memory.

    Args:
        reader: the view to read; None: nothing has been stored yet.
        limit: at most so many; None: all.
        reveal: addresses in full.
    """
    if reader is not None:
        for _, customer in customers(reader, limit=limit):
            yield _customer(customer, reveal=reveal)


def show_customer(
    reader: Reader | None, customer_id: str, *, reveal: bool, now: datetime
) -> PersonView | None:
    """Return one customer, if there is one of this id.

    Args:
        reader: the view to read; None: nothing has been stored yet.
        customer_id: the id as it is stored, maybe a hash.
        reveal: the address in full.
        now: a consent given later does not count yet.
    """
    if reader is None:
        return None
    for number, customer in customers_by_id(reader, [customer_id]):
        records = consent_records(reader, [number]).get(number, [])
        return PersonView(
            customer=_customer(customer, reveal=reveal),
            standing=_standings(records, now),
            consent=[_record(each) for each in records],
        )
    return None


def masked(address: str) -> str:
    """Return an address that its owner would recognise and nobody else: ``j***@e***.org``."""
    local, at, domain = address.rpartition("@")
    first, dot, top = domain.rpartition(".")
    return f"{local[:1]}***@{first[:1]}***{dot}{top}" if at else ""


def _customer(customer: Customer, *, reveal: bool) -> CustomerView:
    return CustomerView(
        id=customer.customer_id,
        name=customer.name,
        email=customer.email if reveal else masked(customer.email),
        language=customer.language,
        time_zone=customer.time_zone,
        city=customer.city,
        country=customer.country,
        latitude_deg=customer.latitude_deg,
        longitude_deg=customer.longitude_deg,
        horizon_mask=mask_text(customer.horizon_mask),
        attributes=dict(customer.attributes),
    )


def _record(record: ConsentRecord) -> ConsentView:
    return ConsentView(
        kind=record.kind,
        purpose=record.purpose,
        channel=record.channel,
        at=None if record.at_ms is None else from_ms(record.at_ms),
        wording=record.wording,
        source=record.source,
        recorded_at=from_ms(record.recorded_ms),
    )


def _standings(records: Sequence[ConsentRecord], now: datetime) -> list[StandingView]:
    """Return how a customer stands, for each purpose on record and each channel."""
    purposes = sorted({record.purpose for record in records} - {ANY}) or [ANY]
    return [
        StandingView(
            purpose=purpose,
            channel=channel,
            standing=standing(records, purpose=purpose, channel=channel, now=now).name.lower(),
        )
        for purpose in purposes
        for channel in sorted(CHANNEL_KINDS)
    ]
