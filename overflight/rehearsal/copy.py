"""The private copy of the database on which a rehearsal runs; it holds no address."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from messaging.queue.messages import cancel_pending_where
from messaging.rules import Rule
from overflight.database.opening import open_database
from overflight.database.sqlite import SqliteDatabase
from tle.storage.port import Database
from tle.times import to_ms

_ADDRESS = """
CASE WHEN email = '' THEN ''
ELSE 'customer-' || CAST(customer_no AS TEXT) || '@rehearsal.invalid' END
"""
# What a rehearsal needs, and what it gets instead of an address.
_COPIED: Mapping[str, Mapping[str, str]] = {
    "numbering": {},
    "element_set": {},
    "element_pin": {},
    "adoption": {},
    "customer": {"email": _ADDRESS},
    "consent": {},
    "campaign": {"state": "CASE WHEN state = 'stopped' THEN 'stopped' ELSE 'armed' END"},
    "campaign_version": {},
    "satellite_pass": {},
    "pass_crossing": {},
    "chunk": {},
    "message": {},
    "ledger": {},
    "suppression": {},
}
_STOP_OTHERS = "UPDATE campaign SET state = 'stopped' WHERE key <> :key"


@contextmanager
def private_copy(
    source: Database, home: Path, *, start: datetime, only: str | None
) -> Iterator[SqliteDatabase]:
    """Copy what a rehearsal needs; the copy is gone afterwards, however the rehearsal ends.

    Args:
        source: the real database; it is only read.
        home: where the copy lives.
        start: what was due before is no part of the rehearsal.
        only: key of the one campaign to rehearse; None: all.
    """
    with tempfile.TemporaryDirectory(dir=home, prefix="rehearsal-") as folder:
        path = Path(folder) / "rehearsal.sqlite3"
        open_database(f"sqlite:///{path}").close()
        copy = SqliteDatabase(path, durable=False)
        try:
            _copy_tables(source, copy)
            with copy.writing() as transaction:
                if only is not None:
                    transaction.execute(_STOP_OTHERS, key=only)
                cancel_pending_where(
                    transaction,
                    "m.expires_at_ms < :now_ms",
                    reason=Rule.BEFORE_REHEARSAL,
                    now_ms=to_ms(start),
                )
            yield copy
        finally:
            copy.close()


def _copy_tables(source: Database, copy: Database) -> None:
    with source.reading() as reader, copy.writing() as transaction:
        for table, instead in _COPIED.items():
            transaction.execute(f"DELETE FROM {table}")
            columns = [row[1] for row in transaction.rows(f"PRAGMA table_info({table})")]
            wanted = ", ".join(instead.get(column, column) for column in columns)
            places = ", ".join(f":{column}" for column in columns)
            rows = reader.stream(f"SELECT {wanted} FROM {table}")
            transaction.execute_many(
                f"INSERT INTO {table} VALUES ({places})",
                (dict(zip(columns, row, strict=True)) for row in rows),
            )
        transaction.execute("UPDATE campaign SET planned_from = ''")
        transaction.execute("UPDATE chunk SET leased_until_ms = 0")
