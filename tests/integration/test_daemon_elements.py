"""The daemon's update tick: what a provider gives is in force, and planned for, at once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from messaging.adoption import adopt_satellite
from messaging.campaigns.store import load_into
from messaging.clock import VirtualClock
from messaging.people.consent import ANY, ConsentKind, ConsentRecord
from messaging.people.customers import Customer
from messaging.people.importing.consent_cells import SpokenConsent
from messaging.people.importing.rows import CustomerRow
from messaging.people.writing import find_changes, store_changes
from messaging.steering import move
from overflight.database.opening import open_database
from scheduler import Connections, Daemon, DaemonOptions
from tle import load_elements
from tle.exporting import export_elements
from tle.sources.asking import Limits, Reply, Request
from tle.times import to_ms

NOW = datetime(2026, 10, 10, tzinfo=UTC)
DEFINITION = """
key = "hello"
title = "Hello"
purpose = "service"
channel = "file"
satellites = [25544]
start = 2026-10-10T00:00:00Z
end = 2026-10-12T00:00:00Z
limit_per_customer = 100
default_language = "en"
[passes]
choose = "each"
[texts.en]
subject = "Look up"
text = "Look up."
"""


class Provider:
    """A provider in this process: what it knows, and what it was asked."""

    name = "celestrak"
    limits = Limits(floor=timedelta(hours=2))

    def __init__(self):
        self.knows = []
        self.asked = []

    def requests(self, queries):
        """Ask for each satellite by its number."""
        numbers = [n for query in queries for n in query.norad_ids]
        return [Request(query=f"CATNR={n}", url="", max_bytes=10_000) for n in numbers]

    def fetch(self, request):
        """Give what is known."""
        self.asked.append(request.query)
        content = "".join(export_elements(self.knows, "omm-csv")).encode()
        return Reply(status=200, reason="OK", content=content, received_bytes=len(content))


@pytest.fixture
def database(tmp_path, iss):
    """A home with the ISS, a customer in Berlin, and an armed campaign."""
    opened = open_database(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    load_elements(opened, [(iss, 1)], source="test", now=NOW)
    said = ConsentRecord(
        kind=ConsentKind.GRANT,
        purpose="service",
        channel=ANY,
        at_ms=to_ms(NOW - timedelta(days=1)),
        recorded_ms=to_ms(NOW),
    )
    person = Customer(customer_id="c-1", time_zone="UTC", latitude_deg=52.5, longitude_deg=13.4)
    row = CustomerRow(customer=person, consent=SpokenConsent(records=[said]))
    with opened.writing() as transaction:
        store_changes(transaction, find_changes(transaction, [row]), now=NOW)
    load_into(opened, DEFINITION, source="test", now=NOW)
    for verb in ("approve", "arm"):
        move(opened, "hello", verb, actor="test", now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def make_daemon(database, tmp_path):
    """Make a daemon on a clock of its own that asks a provider."""

    def make(provider, clock):
        elements = open_database(f"sqlite:///{tmp_path / 'test.sqlite3'}")  # its own thread uses it
        options = DaemonOptions(worker="test", sources=[provider], in_threads=False)
        connections = Connections(delivery=database, planning=database, elements=elements)
        return Daemon(connections, {}, clock, options)

    return make


def _rows(database, sql):
    with database.reading() as reader:
        return reader.rows(sql)


def test_a_fetched_set_is_planned_for_at_once(database, make_daemon, iss, later):
    """The satellites of a campaign are asked for; a burn moves what waits, without another tick."""
    provider, clock = Provider(), VirtualClock(NOW)
    daemon = make_daemon(provider, clock)
    asyncio.run(daemon.plan())
    ((planned,),) = _rows(database, "SELECT COUNT(*) FROM message")
    assert planned > 5
    newer = later(iss, 0.5)
    provider.knows = [replace(newer, mean_anomaly_deg=newer.mean_anomaly_deg - 2.0)]
    asyncio.run(daemon.update())
    assert provider.asked == ["CATNR=25544"]
    ((revised,),) = _rows(database, "SELECT COUNT(*) FROM message WHERE revision = 2")
    assert revised > 5
    verdicts = _rows(database, "SELECT verdict, source FROM element_set ORDER BY element_set_no")
    assert verdicts == [("plausible", "test"), ("manoeuvre", "celestrak CATNR=25544")]


def test_the_interval_is_kept(database, make_daemon, iss):
    """However often the tick rings, and whoever rings it, the provider is asked every six hours."""
    provider, clock = Provider(), VirtualClock(NOW)
    provider.knows = [iss]
    for minutes in range(0, 13 * 60, 10):
        clock.advance_to(NOW + timedelta(minutes=minutes))
        asyncio.run(make_daemon(provider, clock).update())
    assert len(provider.asked) == 3


def test_a_synthetic_satellite_is_not_asked_for(database, make_daemon, iss):
    """Nobody has elements of a satellite that does not fly; under its real number they do."""
    provider, clock = Provider(), VirtualClock(NOW)
    synthetic = replace(iss, norad_id=99001, name="GREETER (SYNTHETIC)", synthetic=True)
    load_elements(database, [(synthetic, 1)], source="synthetic", now=NOW)
    load_into(database, DEFINITION.replace("25544", "99001"), source="test", now=NOW)
    move(database, "hello", "approve", actor="test", now=NOW)
    asyncio.run(make_daemon(provider, clock).update())
    assert provider.asked == []
    adopt_satellite(database, 99001, 25999, now=NOW)
    load_into(database, DEFINITION.replace("25544", "25999"), source="test", now=NOW)
    move(database, "hello", "approve", actor="test", now=NOW)
    asyncio.run(make_daemon(provider, clock).update())
    assert provider.asked == ["CATNR=25999"]
