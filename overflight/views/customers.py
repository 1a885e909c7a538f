"""Customers as a person or a program is shown them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from messaging.channel_kinds import CHANNEL_KINDS
from messaging.people.consent import ANY, ConsentRecord, standing
from messaging.people.customers import Customer
from messaging.people.horizons import mask_text
from tle.times import from_ms

__all__ = ["customer_facts", "masked", "record_facts", "standing_facts"]


def customer_facts(customer: Customer, *, reveal: bool) -> dict[str, Any]:
    """Return a customer under the names of the import's columns, the address masked or not."""
    return {
        "id": customer.customer_id,
        "name": customer.name,
        "email": customer.email if reveal else masked(customer.email),
        "language": customer.language,
        "time_zone": customer.time_zone,
        "city": customer.city,
        "country": customer.country,
        "latitude_deg": customer.latitude_deg,
        "longitude_deg": customer.longitude_deg,
        "horizon_mask": mask_text(customer.horizon_mask),
        "attributes": dict(customer.attributes),
    }


def masked(address: str) -> str:
    """Return an address that its owner would recognise and nobody else: ``j***@e***.org``."""
    local, at, domain = address.rpartition("@")
    first, dot, top = domain.rpartition(".")
    return f"{local[:1]}***@{first[:1]}***{dot}{top}" if at else ""


def record_facts(record: ConsentRecord) -> dict[str, Any]:
    """Return a consent record with its times as ISO 8601."""
    return {
        "kind": record.kind.value,
        "purpose": record.purpose,
        "channel": record.channel,
        "at": None if record.at_ms is None else _iso(record.at_ms),
        "wording": record.wording,
        "source": record.source,
        "recorded_at": _iso(record.recorded_ms),
    }


def standing_facts(records: Sequence[ConsentRecord], now: datetime) -> list[dict[str, str]]:
    """Return how a customer stands, for each purpose on record and each channel."""
    purposes = sorted({record.purpose for record in records} - {ANY}) or [ANY]
    return [
        {
            "purpose": purpose,
            "channel": channel,
            "standing": standing(records, purpose=purpose, channel=channel, now=now).name.lower(),
        }
        for purpose in purposes
        for channel in sorted(CHANNEL_KINDS)
    ]


def _iso(time_ms: int) -> str:
    return from_ms(time_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
