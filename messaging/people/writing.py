"""Customers in the database, written: what a batch of rows changes, and the change itself."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from messaging.people.consent import ConsentRecord, adds_to
from messaging.people.customers import Customer
from messaging.people.horizons import mask_text
from messaging.people.importing.rows import CustomerRow
from messaging.people.reading import consent_records, customers_by_id
from tle.storage.numbering import reserve
from tle.storage.port import Reader, Transaction
from tle.times import to_ms

_INSERT = """
INSERT INTO customer
    (customer_no, customer_id, name, email, language, time_zone, city, country,
     latitude_deg, longitude_deg, horizon_mask, attributes, imported_ms)
VALUES
    (:customer_no, :customer_id, :name, :email, :language, :time_zone, :city, :country,
     :latitude_deg, :longitude_deg, :horizon_mask, :attributes, :imported_ms)
"""
_UPDATE = """
UPDATE customer SET
    name = :name, email = :email, language = :language, time_zone = :time_zone, city = :city,
    country = :country, latitude_deg = :latitude_deg, longitude_deg = :longitude_deg,
    horizon_mask = :horizon_mask, attributes = :attributes, imported_ms = :imported_ms
WHERE customer_no = :customer_no AND customer_id = :customer_id
"""
_INSERT_CONSENT = """
INSERT INTO consent
    (customer_no, kind, purpose, channel, at_ms, wording, source, recorded_ms)
VALUES
    (:customer_no, :kind, :purpose, :channel, :at_ms, :wording, :source, :recorded_ms)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a batch of rows changes; who is known already goes by their ``customer_no``."""

    added: Sequence[CustomerRow]
    """Customers who get their number when they are stored."""
    updated: Sequence[tuple[int, Customer]]
    unchanged: int
    consent: Sequence[tuple[int, ConsentRecord]]
    """New records of customers who are known."""

    @property
    def consent_count(self) -> int:
        """How many records of consent are added, those of new customers included."""
        return len(self.consent) + sum(len(row.consent.records) for row in self.added)


def find_changes(
    reader: Reader, rows: Sequence[CustomerRow], *, not_told: Collection[str] = ()
) -> Changes:
    """Compare rows with what is stored.

    Args:
        reader: the view to compare with; the transaction, if the changes are to be stored.
        rows: rows of different customers.
        not_told: fields of ``Customer`` that the file has no column for: they stay as they are,
            like the attributes it does not have.
    """
    stored = _stored(reader, [row.customer.customer_id for row in rows])
    records = consent_records(reader, [number for number, _ in stored.values()])
    added, updated, consent = [], [], []
    for row in rows:
        known = stored.get(row.customer.customer_id)
        if known is None:
            added.append(row)
            continue
        number, before = known
        after = _merged(before, row.customer, not_told)
        if after != before:
            updated.append((number, after))
        said = records.get(number, ())
        consent += [(number, new) for new in row.consent.records if not said or adds_to(said, new)]
    return Changes(
        added=added,
        updated=updated,
        unchanged=len(rows) - len(added) - len(updated),
        consent=consent,
    )


def store_changes(transaction: Transaction, changes: Changes, *, now: datetime) -> None:
    """Store changes that were found in the same transaction.

    New customers get numbers that nobody ever had: consent and messages stay with a number when
    its customer is erased, and must not pass to someone else.
    """
    imported_ms = to_ms(now)
    first_no = reserve(transaction, "customer", len(changes.added))
    added = list(enumerate(changes.added, start=first_no))
    new = [(number, row.customer) for number, row in added]
    said = [(number, record) for number, row in added for record in row.consent.records]
    transaction.execute_many(_INSERT, _customer_values(new, imported_ms))
    transaction.execute_many(_UPDATE, _customer_values(changes.updated, imported_ms))
    transaction.execute_many(_INSERT_CONSENT, map(_consent_values, [*changes.consent, *said]))


def _merged(before: Customer, told: Customer, not_told: Collection[str]) -> Customer:
    kept = {name: getattr(before, name) for name in not_told}
    if (before.latitude_deg, before.longitude_deg) != (told.latitude_deg, told.longitude_deg):
        kept.pop("horizon_mask", None)  # who has moved has another skyline
    return replace(
        told,
        **kept,
        attributes={**before.attributes, **told.attributes},
    )


def _stored(reader: Reader, customer_ids: Sequence[str]) -> dict[str, tuple[int, Customer]]:
    return {
        customer.customer_id: (number, customer)
        for number, customer in customers_by_id(reader, customer_ids)
    }


def _customer_values(
    numbered: Sequence[tuple[int, Customer]], imported_ms: int
) -> Iterator[Mapping[str, Any]]:
    for number, customer in numbered:
        yield {
            "customer_no": number,
            "customer_id": customer.customer_id,
            "name": customer.name,
            "email": customer.email,
            "language": customer.language,
            "time_zone": customer.time_zone,
            "city": customer.city,
            "country": customer.country,
            "latitude_deg": customer.latitude_deg,
            "longitude_deg": customer.longitude_deg,
            "horizon_mask": mask_text(customer.horizon_mask),
            "attributes": json.dumps(dict(customer.attributes), ensure_ascii=False),
            "imported_ms": imported_ms,
        }


def _consent_values(numbered: tuple[int, ConsentRecord]) -> Mapping[str, Any]:
    number, record = numbered
    return {
        "customer_no": number,
        "kind": record.kind.value,
        "purpose": record.purpose,
        "channel": record.channel,
        "at_ms": record.at_ms,
        "wording": record.wording,
        "source": record.source,
        "recorded_ms": record.recorded_ms,
    }
