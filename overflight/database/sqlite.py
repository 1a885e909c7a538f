"""SQLite behind the port, driven by the standard library.

A preview must not wait for SQLAlchemy to import (docs/decisions/0002-database-port.md).
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from overflight.errors import DatabaseError
from tle.storage.port import Parameters, Reader, Row, Transaction

BUSY_TIMEOUT_S = 20.0


class SqliteDatabase:
    """One SQLite file in WAL mode; use it from one thread at a time."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        """Connect to ``path``; ``durable=False`` is for throw-away copies."""
        self.path = path
        with _explained(path):
            self._connection = sqlite3.connect(
                _uri(path),
                uri=True,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            self._prepare(durable=durable)

    def _prepare(self, *, durable: bool) -> None:
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        self._connection.execute("PRAGMA foreign_keys = ON")
        if os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK):
            self._connection.execute("PRAGMA journal_mode = WAL")

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open a consistent view."""
        with _explained(self.path):
            self._connection.execute("BEGIN")
            try:
                yield _SqliteTransaction(self._connection)
            finally:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a write transaction; it waits for other writers before it reads anything."""
        with _explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield _SqliteTransaction(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connection; the last one to close folds the write-ahead log in."""
        self._connection.close()


def _uri(path: Path) -> str:
    """Return how SQLite opens a path: in a folder that nobody can write to, as it lies there."""
    at_rest = not path.with_name(path.name + "-wal").exists()
    untouchable = at_rest and not os.access(path.parent, os.W_OK)
    return path.absolute().as_uri() + ("?mode=ro&immutable=1" if untouchable else "")


class _SqliteTransaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, **parameters: object) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def stream(self, sql: str, **parameters: object) -> Iterator[Row]:
        return iter(self._connection.execute(sql, parameters))

    def execute(self, sql: str, **parameters: object) -> int:
        return self._connection.execute(sql, parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        self._connection.executemany(sql, rows)

    def clock_ms(self) -> int:
        return time.time_ns() // 1_000_000


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ones that say what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"{path}: {error}; {advice_on(str(error))}") from error


def advice_on(message: str) -> str:
    """Return what to do about an error, by what SQLite says of it."""
    match message:
        case text if "full" in text or "disk I/O" in text:
            return "free some space and run the command again: what was stored before is intact"
        case text if "readonly" in text or "unable to open" in text:
            return "the folder must exist and be writable for you; or name another with --home"
        case text if "locked" in text:
            return f"another process held it for {BUSY_TIMEOUT_S:.0f} s; try again"
        case text if "not a database" in text or "malformed" in text:
            return "the file is damaged or not Overflight's; restore a copy or move it away"
        case _:
            return "nothing was changed"
