"""The stores on PostgreSQL: the same SQL, the same messages as on SQLite."""

import asyncio
from datetime import timedelta
from pathlib import Path

from messaging.channels.file.channel import FileChannel
from messaging.clock import VirtualClock
from messaging.report import punctuality, queue_rows, tally
from overflight.database.opening import open_database
from overflight.database.schema import SCHEMA_HEAD
from overflight.database.server import EngineDatabase
from overflight.database.sqlite import SqliteDatabase
from overflight.rehearsal.demo_data import START, fill
from scheduler import Connections, Daemon, DaemonOptions
from tle.storage.port import Database

HOURS = 6


def rehearsed(database: Database, folder: Path) -> list[tuple[object, ...]]:
    """Fill a database, plan twice, deliver six hours; return what the queue then says."""
    folder.mkdir()
    fill(database, folder, customers=300)
    clock = VirtualClock(START)
    options = DaemonOptions(worker="test", ahead=timedelta(hours=HOURS))

    async def deliver() -> None:
        channels = {"file": FileChannel(folder / "outbox", durable=False)}
        daemon = Daemon(
            Connections(delivery=database, planning=database, elements=database),
            channels,
            clock,
            options,
        )
        await daemon.housekeep()
        await daemon.plan()
        for _ in range(HOURS * 60):
            clock.advance_to(clock.now() + timedelta(minutes=1))
            await daemon.dispatch()
        await daemon.close()

    asyncio.run(deliver())
    with database.reading() as reader:
        assert tally(reader).sent > 0
        kept = punctuality(reader, since=START)
        assert kept is not None
        assert kept.outside == 0
        return [(r.message_id, r.due, r.expires_at, r.state) for r in queue_rows(reader)]


def test_both_engines_send_the_same_messages(postgresql: str, tmp_path: Path) -> None:
    """PostgreSQL and SQLite plan and send the same messages at the same times."""
    server = open_database(postgresql)
    assert isinstance(server, EngineDatabase)
    file = open_database(f"sqlite:///{tmp_path / 'overflight.sqlite3'}")
    assert isinstance(file, SqliteDatabase)
    try:
        assert rehearsed(server, tmp_path / "server") == rehearsed(file, tmp_path / "file")
    finally:
        server.close()
        file.close()


def test_a_second_opening_changes_nothing(postgresql: str) -> None:
    """The schema is made once; opening the database again finds it."""
    for _ in range(2):
        database = open_database(postgresql)
        with database.reading() as reader:
            assert reader.rows("SELECT version_num FROM alembic_version") == [(SCHEMA_HEAD,)]
        database.close()
