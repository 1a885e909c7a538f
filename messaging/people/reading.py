"""Customers in the database, read: in bulk for planning, a burst of them for sending."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from messaging.people.consent import ConsentKind, ConsentRecord, Standing, standing
from messaging.people.customers import Customer, CustomerColumns, Recipient
from messaging.people.horizons import parse_mask
from tle.storage.port import Reader, Row
from tle.storage.statements import rows_among
from tle.times import to_ms

# What `consent.standing` decides for one customer, in SQL for all of them.
_CONSENT = """
SELECT customer_no,
    MAX(CASE WHEN kind = 'withdrawal' THEN COALESCE(at_ms, recorded_ms) END),
    MAX(CASE WHEN kind = 'grant' AND at_ms <= :now_ms THEN at_ms END),
    MAX(CASE WHEN kind = 'grant' AND at_ms IS NULL THEN 1 ELSE 0 END)
FROM consent
WHERE purpose IN (:purpose, 'any') AND channel IN (:channel, 'any')
GROUP BY customer_no ORDER BY customer_no
"""
_POSITIONS = """
SELECT customer_no, latitude_deg, longitude_deg, CASE WHEN email = '' THEN 0 ELSE 1 END
FROM customer ORDER BY customer_no
"""
_MASKS = """
SELECT customer_no, horizon_mask FROM customer WHERE horizon_mask <> '' ORDER BY customer_no
"""
_RECORD = "customer_no, kind, purpose, channel, at_ms, wording, source, recorded_ms"


class _CustomerRow(NamedTuple):
    """A row of ``customer``, as it is read."""

    customer_no: int
    customer_id: str
    name: str
    email: str
    language: str
    time_zone: str
    city: str
    country: str
    latitude_deg: float
    longitude_deg: float
    horizon_mask: str
    attributes: str


_CUSTOMER = ", ".join(_CustomerRow._fields)


def customer_columns(
    reader: Reader, *, purpose: str, channel: str, now: datetime
) -> CustomerColumns:
    """Return all customers, with their standing for one purpose and channel.

    Args:
        reader: the view to read.
        purpose: what the messages would be for.
        channel: what they would go by, such as ``smtp``.
        now: the instant at which consent must stand, aware.
    """
    rows = np.array(reader.rows(_POSITIONS), dtype=np.float64).reshape(-1, 4)
    customer_no = rows[:, 0].astype(np.int64)
    masks, mask = _masks(reader, customer_no)
    # As one complex number, a position is sorted and compared whole.
    positions, position = np.unique(rows[:, 1] + 1j * rows[:, 2], return_inverse=True)
    skies, site = np.unique(position * len(masks) + mask, return_inverse=True)
    where = positions[skies // len(masks)]
    spoken = reader.rows(_CONSENT, purpose=purpose, channel=channel, now_ms=to_ms(now))
    return CustomerColumns(
        customer_no=customer_no,
        site=site.astype(np.int64),
        has_address=rows[:, 3] == 1,
        standing=_standings(customer_no, np.array(spoken, dtype=np.float64).reshape(-1, 4)),
        latitude_deg=where.real.copy(),
        longitude_deg=where.imag.copy(),
        horizon_mask=[parse_mask(masks[row]) for row in (skies % len(masks)).tolist()],
    )


def _masks(reader: Reader, customer_no: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
    """Return all horizon masks, the open one first, and which of them each customer has."""
    row_of, mask = {"": 0}, np.zeros(len(customer_no), np.int64)
    rows = reader.rows(_MASKS)
    masked = np.searchsorted(customer_no, np.array([number for number, _ in rows], np.int64))
    mask[masked] = [row_of.setdefault(text, len(row_of)) for _, text in rows]
    return list(row_of), mask


def _standings(customer_no: NDArray[np.int64], spoken: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return ``Standing`` by customer from the rows of ``_CONSENT``, where NaN says never."""
    _, withdrawn_ms, granted_ms, untimed = spoken.T
    withdrawn = ~np.isnan(withdrawn_ms)
    granted = np.where(withdrawn, granted_ms > withdrawn_ms, ~np.isnan(granted_ms) | (untimed == 1))
    standing_of = np.select(
        [granted, withdrawn], [Standing.GRANTED, Standing.WITHDRAWN], Standing.NONE
    )
    standings = np.zeros(len(customer_no), dtype=np.int8)
    of_known = np.isin(spoken[:, 0], customer_no)
    rows = np.searchsorted(customer_no, spoken[of_known, 0])
    standings[rows] = standing_of[of_known]
    return standings


def recipients(
    reader: Reader, customer_nos: Sequence[int], *, purpose: str, channel: str, now: datetime
) -> dict[int, Recipient]:
    """Return what sending needs of some customers, by number; those unknown are absent.

    Args:
        reader: the view to read.
        customer_nos: whose.
        purpose: what the messages are for.
        channel: what they go by.
        now: the instant at which consent must stand, aware.
    """
    records = consent_records(reader, customer_nos)
    sql = f"SELECT {_CUSTOMER} FROM customer WHERE customer_no IN (:values)"
    rows = [_CustomerRow(*row) for row in rows_among(reader, sql, customer_nos)]
    return {
        row.customer_no: Recipient(
            customer_no=row.customer_no,
            customer_id=row.customer_id,
            name=row.name,
            address=row.email,
            language=row.language,
            time_zone=row.time_zone,
            city=row.city,
            country=row.country,
            attributes=json.loads(row.attributes),
            standing=standing(records[row.customer_no], purpose=purpose, channel=channel, now=now),
        )
        for row in rows
    }


def consent_records(
    reader: Reader, customer_nos: Sequence[int]
) -> Mapping[int, list[ConsentRecord]]:
    """Return the records of some customers, by number, in the order they were stored."""
    sql = f"SELECT {_RECORD} FROM consent WHERE customer_no IN (:values) ORDER BY consent_no"
    records: defaultdict[int, list[ConsentRecord]] = defaultdict(list)
    for number, kind, purpose, channel, at_ms, wording, source, recorded_ms in rows_among(
        reader, sql, customer_nos
    ):
        records[number].append(
            ConsentRecord(
                kind=ConsentKind(kind),
                purpose=purpose,
                channel=channel,
                at_ms=at_ms,
                wording=wording,
                source=source,
                recorded_ms=recorded_ms,
            )
        )
    return records


def customers(reader: Reader, *, limit: int | None = None) -> Iterator[tuple[int, Customer]]:
    """Yield customers and their numbers, by number, in bounded memory."""
    sql = f"SELECT {_CUSTOMER} FROM customer ORDER BY customer_no"
    rows = reader.stream(sql) if limit is None else reader.stream(f"{sql} LIMIT :n", n=limit)
    return map(_customer_of, rows)


def customers_by_id(reader: Reader, customer_ids: Sequence[str]) -> Iterator[tuple[int, Customer]]:
    """Yield those of some customers that are stored, and their numbers."""
    sql = f"SELECT {_CUSTOMER} FROM customer WHERE customer_id IN (:values)"
    return map(_customer_of, rows_among(reader, sql, customer_ids))


def count_customers(reader: Reader) -> int:
    """Return how many customers there are."""
    ((count,),) = reader.rows("SELECT COUNT(*) FROM customer")
    return int(count)


def _customer_of(stored: Row) -> tuple[int, Customer]:
    row = _CustomerRow(*stored)
    return row.customer_no, Customer(
        customer_id=row.customer_id,
        name=row.name,
        email=row.email,
        language=row.language,
        time_zone=row.time_zone,
        city=row.city,
        country=row.country,
        latitude_deg=row.latitude_deg,
        longitude_deg=row.longitude_deg,
        horizon_mask=parse_mask(row.horizon_mask),
        attributes=json.loads(row.attributes),
    )
