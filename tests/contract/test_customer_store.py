"""Customers in a database: what is stored is what planning and sending read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.people.consent import ANY, ConsentKind, ConsentRecord, Standing, standing
from messaging.people.customers import Customer
from messaging.people.importing.consent_cells import SpokenConsent
from messaging.people.importing.rows import CustomerRow
from messaging.people.reading import (
    consent_records,
    customer_columns,
    customers,
    customers_by_id,
    recipients,
)
from messaging.people.writing import Changes, find_changes, store_changes
from orbit.horizon import HorizonMask
from overflight.database.opening import open_database
from tle.storage.port import Database
from tle.times import to_ms

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
ASKED = {"purpose": "marketing", "channel": "smtp", "now": NOW}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    opened = open_database(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    yield opened
    opened.close()


def row(customer_id: str, *records: ConsentRecord, **changes) -> CustomerRow:
    """A row about somebody in Berlin."""
    values = {
        "name": "Ada",
        "email": "ada@example.org",
        "time_zone": "Europe/Berlin",
        "city": "Berlin",
        "country": "DE",
        "latitude_deg": 52.5,
        "longitude_deg": 13.4,
        "attributes": {"tier": "gold"},
    }
    customer = Customer(customer_id=customer_id, **values | changes)
    return CustomerRow(customer=customer, consent=SpokenConsent(records=records))


def record(kind: str = "grant", hours: int | None = -1, **changes) -> ConsentRecord:
    """A record for marketing by smtp."""
    at_ms = None if hours is None else to_ms(NOW + timedelta(hours=hours))
    values = {"purpose": "marketing", "channel": "smtp", "recorded_ms": to_ms(NOW)}
    return ConsentRecord(kind=ConsentKind(kind), at_ms=at_ms, **values | changes)


def save(database: Database, *rows: CustomerRow, not_told=()) -> Changes:
    """Store rows as an import does."""
    with database.writing() as transaction:
        changes = find_changes(transaction, rows, not_told=not_told)
        store_changes(transaction, changes, now=NOW)
    return changes


def test_importing_twice_changes_nothing(database):
    """The same rows again are found unchanged, and no consent is recorded twice."""
    rows = [row("a", record()), row("b", record("withdrawal", None)), row("c")]
    first, second = save(database, *rows), save(database, *rows)
    assert (len(first.added), first.consent_count) == (3, 2)
    assert (len(second.added), len(second.updated), second.unchanged) == (0, 0, 3)
    assert second.consent_count == 0


def test_nobody_inherits_from_an_erased_customer(database):
    """The next customer, and even the same one again, starts with nothing on record."""
    save(database, row("a"), row("b", record()))
    with database.writing() as transaction:
        (erased_no, _), *_ = customers_by_id(transaction, ["b"])
        transaction.execute(
            "INSERT INTO message (message_no, revision, chunk_no, campaign_no, campaign_version,"
            " customer_no, pass_no, kind, not_before_ms, due_ms, expires_at_ms)"
            " VALUES (1, 1, 1, 1, 1, :no, 1, 'first', 0, 0, 0)",
            no=erased_no,
        )
        transaction.execute("DELETE FROM customer WHERE customer_no = :no", no=erased_no)
    save(database, row("c"), row("b"))
    with database.reading() as reader:
        added = [number for number, _ in customers_by_id(reader, ["b", "c"])]
        ((inherited,),) = reader.rows(
            "SELECT COUNT(*) FROM customer JOIN message USING (customer_no)"
        )
        columns = customer_columns(reader, **ASKED)
        assert not any(consent_records(reader, added).values())
    assert erased_no not in added
    assert inherited == 0
    assert columns.standing.tolist() == [Standing.NONE] * 3


def test_a_changed_row_is_updated_in_place(database):
    """The number stays, the values follow the file, and new customers come after the old ones."""
    save(database, row("a"), row("b"))
    changes = save(database, row("c"), row("a", city="Potsdam", latitude_deg=52.4), row("b"))
    assert (len(changes.added), len(changes.updated), changes.unchanged) == (1, 1, 1)
    with database.reading() as reader:
        stored = dict(customers(reader))
    assert [stored[number].customer_id for number in (1, 2, 3)] == ["a", "b", "c"]
    assert (stored[1].city, stored[1].latitude_deg) == ("Potsdam", 52.4)


def test_what_the_file_does_not_tell_stays(database):
    """A file without e-mail column and with one attribute erases neither address nor the others."""
    save(database, row("a"))
    save(database, row("a", email="", attributes={"interest": "stars"}), not_told=["email"])
    with database.reading() as reader:
        ((_, customer),) = customers_by_id(reader, ["a", "nobody"])
    assert customer.email == "ada@example.org"
    assert customer.attributes == {"tier": "gold", "interest": "stars"}


def test_an_old_file_never_revives_anyone(database):
    """After a withdrawal, importing the grant again leaves the customer withdrawn."""
    save(database, row("a", record("grant", -3)))
    save(database, row("a", record("withdrawal", -2)))
    save(database, row("a", record("grant", -3)), row("b"))
    with database.reading() as reader:
        columns = customer_columns(reader, **ASKED)
    assert columns.standing.tolist() == [Standing.WITHDRAWN, Standing.NONE]


def test_columns_share_places(database):
    """Planning sees one row a customer and one row a site."""
    away = {"latitude_deg": -33.9, "longitude_deg": 151.2}
    save(database, row("a", record()), row("b", email="", **away), row("c"))
    with database.reading() as reader:
        columns = customer_columns(reader, **ASKED)
    assert columns.customer_no.tolist() == [1, 2, 3]
    assert columns.latitude_deg[columns.site].tolist() == [52.5, -33.9, 52.5]
    assert columns.longitude_deg[columns.site].tolist() == [13.4, 151.2, 13.4]
    assert len(columns.latitude_deg) == 2
    assert columns.has_address.tolist() == [True, False, True]
    assert columns.standing.tolist() == [1, 0, 0]
    assert [columns.customer_no.dtype, columns.standing.dtype] == ["int64", "int8"]


ROOFS = HorizonMask.of([(0, 10), (90, 25), (270, -3)])


def test_a_horizon_mask_is_stored_with_its_customer(database):
    """It is read as it was written, found unchanged, and changed or taken away by a later file."""
    save(database, row("a", horizon_mask=ROOFS), row("b"))
    assert save(database, row("a", horizon_mask=ROOFS), row("b")).unchanged == 2
    assert save(database, row("a"), not_told=["horizon_mask"]).unchanged == 1
    with database.reading() as reader:
        assert [c.horizon_mask for _, c in customers(reader)] == [ROOFS, None]
    save(database, row("a"), row("b", horizon_mask=ROOFS))
    with database.reading() as reader:
        assert [c.horizon_mask for _, c in customers(reader)] == [None, ROOFS]


def test_columns_share_a_place_and_a_sky(database):
    """Customers at one position are at one site only if they see the same sky."""
    away = {"latitude_deg": -33.9, "longitude_deg": 151.2}
    hill = HorizonMask.of([(180, 40)])
    masks = (None, ROOFS, hill, ROOFS, None)
    save(
        database,
        *(row(str(number), horizon_mask=mask) for number, mask in enumerate(masks)),
        row("away", horizon_mask=ROOFS, **away),
    )
    with database.reading() as reader:
        columns = customer_columns(reader, **ASKED)
    assert [columns.horizon_mask[site] for site in columns.site] == [*masks, ROOFS]
    assert columns.latitude_deg[columns.site].tolist() == [52.5] * 5 + [-33.9]
    assert columns.longitude_deg[columns.site].tolist() == [13.4] * 5 + [151.2]
    assert len(columns.horizon_mask) == len(columns.latitude_deg) == 4


def test_recipients_are_read_by_number(database):
    """Sending gets those it asks for, with all a text may need, and nothing shows in the repr."""
    save(database, row("a"), row("b", record(), name="Grace"), row("c"))
    with database.reading() as reader:
        found = recipients(reader, [2, 99], **ASKED)
        assert recipients(reader, [], **ASKED) == {}
    assert list(found) == [2]
    assert (found[2].name, found[2].address) == ("Grace", "ada@example.org")
    assert (found[2].attributes, found[2].standing) == ({"tier": "gold"}, Standing.GRANTED)
    assert "Grace" not in repr(found[2])
    assert "ada@" not in repr(found[2])


def test_nothing_stored_is_no_rows(database):
    """Planning with no customers works on empty columns."""
    with database.reading() as reader:
        columns = customer_columns(reader, **ASKED)
        assert list(customers(reader, limit=5)) == []
    assert [len(columns.customer_no), len(columns.site), len(columns.standing)] == [0, 0, 0]


_records = st.builds(
    record,
    st.sampled_from(["grant", "withdrawal"]),
    st.sampled_from([None, -3, -2, -1, 0, 1]),
    purpose=st.sampled_from(["marketing", "news", ANY]),
    channel=st.sampled_from(["smtp", "file", ANY]),
    recorded_ms=st.sampled_from([to_ms(NOW + timedelta(hours=hours)) for hours in (-2, 0)]),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(people=st.lists(st.lists(_records, max_size=5), min_size=1, max_size=30))
def test_bulk_and_single_standing_agree(database, people):
    """What SQL makes of the records of many is what the pure function makes of each one's."""
    with database.writing() as transaction:
        for table in ("customer", "consent"):
            transaction.execute(f"DELETE FROM {table}")
    save(database, *(row(str(number), *said) for number, said in enumerate(people)))
    with database.reading() as reader:
        columns = customer_columns(reader, **ASKED)
        numbers = columns.customer_no.tolist()
        records = consent_records(reader, numbers)
        sending = recipients(reader, numbers, **ASKED)
    expected = [standing(records.get(number, ()), **ASKED) for number in numbers]
    assert columns.standing.tolist() == expected
    assert [sending[number].standing for number in numbers] == expected
