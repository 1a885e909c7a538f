"""The database, from one URL: SQLite on a laptop, anything SQLAlchemy speaks beyond it.

Both classes implement ``tle.storage.port.Database``. SQLite is driven by the standard library
because a preview must not wait for SQLAlchemy to import (docs/decisions/0002-database-port.md);
the schema is Alembic's on every engine.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from overflight.errors import OverflightError
from tle.storage.port import Database, Parameters, Reader, Row, Transaction

if TYPE_CHECKING:
    import sqlalchemy

SCHEMA_HEAD = "0002"
"""The newest revision in ``migrations/versions``; a test holds the two together."""

BUSY_TIMEOUT_S = 20.0
STREAM_ROWS = 10_000


class DatabaseError(OverflightError):
    """The database cannot be used; the message says why and what to do."""


class ServerError(DatabaseError):
    """A database server refused, or was lost; ``kind`` is the driver's word for it."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"the database server refused or was lost ({kind}); "
            "nothing of this step was stored: look at the server and try again"
        )
        self.kind = kind


def open_database(url: str) -> Database:
    """Open the database at ``url``, creating or upgrading its schema where that is needed.

    Raises:
        DatabaseError: it cannot be opened, or a newer Overflight wrote it.
    """
    if url.startswith("sqlite:///"):
        return _open_sqlite(Path(url.removeprefix("sqlite:///")))
    return _open_engine(url)


# --- SQLite -------------------------------------------------------------------------------------


class SqliteDatabase:
    """One SQLite file in WAL mode; use it from one thread at a time."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        """Connect to ``path``; ``durable=False`` is for throw-away copies."""
        self.path = path
        with explained(path):
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
        with explained(self.path):
            self._connection.execute("BEGIN")
            try:
                yield _SqliteTransaction(self._connection)
            finally:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a write transaction; it waits for other writers before it reads anything."""
        with explained(self.path):
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
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ones that say what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise DatabaseError(f"{path}: {error}; {_advice(str(error))}") from error


def _advice(message: str) -> str:
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


def _open_sqlite(path: Path) -> SqliteDatabase:
    if not path.exists():
        os.close(_create_private(path))
    if not path.stat().st_size:
        with _locked(path):  # two that turn a new file to WAL do not wait for each other
            SqliteDatabase(path).close()
    database = SqliteDatabase(path)
    if _revision(database, "sqlite_master", "name") != SCHEMA_HEAD:
        with _locked(path):
            _migrate(path, _revision(database, "sqlite_master", "name"))
    return database


def _create_private(path: Path) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseError(
            f"cannot create {path}: {error.strerror}; "
            f"{_advice('full' if error.errno == 28 else 'readonly')}"  # noqa: PLR2004 - ENOSPC
        ) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process migrate while the others wait."""
    descriptor = _create_private(path.with_name(path.name + ".lock"))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# --- everything else ----------------------------------------------------------------------------


class EngineDatabase:
    """A server reached through an SQLAlchemy engine."""

    def __init__(self, engine: "sqlalchemy.Engine") -> None:
        """Wrap ``engine``."""
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open a consistent view."""
        with (
            _server_explained(),
            self._engine.connect().execution_options(
                isolation_level="REPEATABLE READ"
            ) as connection,
        ):
            yield _EngineTransaction(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a write transaction."""
        with _server_explained(), self._engine.begin() as connection:
            yield _EngineTransaction(connection)

    def close(self) -> None:
        """Return all connections."""
        self._engine.dispose()


@contextmanager
def _server_explained() -> Iterator[None]:
    """Turn a server's errors into ours; what the driver says may hold what was to be stored."""
    import sqlalchemy  # noqa: PLC0415 - see below

    try:
        yield
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise ServerError(type(error).__name__) from None


class _EngineTransaction:
    def __init__(self, connection: "sqlalchemy.Connection") -> None:
        import sqlalchemy  # noqa: PLC0415 - 0.2-0.4 s; only whoever uses a server pays it

        self._connection = connection
        self._text = sqlalchemy.text

    def rows(self, sql: str, **parameters: object) -> list[Row]:
        return [tuple(row) for row in self._connection.execute(self._text(sql), parameters)]

    def stream(self, sql: str, **parameters: object) -> Iterator[Row]:
        result = self._connection.execute(
            self._text(sql), parameters, execution_options={"yield_per": STREAM_ROWS}
        )
        return (tuple(row) for row in result)

    def execute(self, sql: str, **parameters: object) -> int:
        return self._connection.execute(self._text(sql), parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        if batch := [dict(row) for row in rows]:
            self._connection.execute(self._text(sql), batch)

    def clock_ms(self) -> int:
        sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
        return int(self.rows(sql)[0][0])


def _open_engine(url: str) -> EngineDatabase:
    import sqlalchemy  # noqa: PLC0415 - see above

    if url.startswith("postgresql://"):  # which SQLAlchemy takes for its older driver's
        url = url.replace("postgresql", "postgresql+psycopg", 1)
    try:
        database = EngineDatabase(sqlalchemy.create_engine(url, hide_parameters=True))
        revision = _revision(database, "information_schema.tables", "table_name")
    except (sqlalchemy.exc.SQLAlchemyError, ServerError, ModuleNotFoundError) as error:
        # The driver's text may hold the URL with its password: name the kind of error only.
        kind = error.kind if isinstance(error, ServerError) else type(error).__name__
        raise DatabaseError(
            f"cannot open the database that OVERFLIGHT_DATABASE names ({kind}); expected "
            "sqlite:///FILE, or postgresql://USER@HOST/NAME with a server that answers and "
            "pip install 'overflight[postgresql]'"
        ) from None
    if revision != SCHEMA_HEAD:
        _migrate(url, revision)
    return database


# --- schema -------------------------------------------------------------------------------------


def _revision(database: Database, catalog: str, column: str) -> str | None:
    with database.reading() as reader:
        if not reader.rows(f"SELECT 1 FROM {catalog} WHERE {column} = 'alembic_version'"):
            return None
        found = reader.rows("SELECT version_num FROM alembic_version")
        return str(found[0][0]) if found else None


def _migrate(where: str | Path, revision: str | None) -> None:
    versions = files("overflight.database.migrations") / "versions"
    known = {path.name[:4] for path in versions.iterdir()}
    if revision == SCHEMA_HEAD:
        return  # another process was faster
    if revision is not None and revision not in known:
        raise DatabaseError(
            f"the database has schema {revision}, this Overflight knows up to {SCHEMA_HEAD}: "
            "a newer version wrote it; upgrade Overflight, or use another --home. Nothing changed"
        )
    import sqlalchemy  # noqa: PLC0415 - see above

    from overflight.database.migrations import upgrade  # noqa: PLC0415 - imports Alembic

    # Written into an URL, a path with ? or # in it would name another file.
    at_path = sqlalchemy.URL.create("sqlite", database=str(where))
    url = at_path if isinstance(where, Path) else where
    try:
        upgrade(url)
    except sqlalchemy.exc.DBAPIError as error:
        raise DatabaseError(
            f"cannot create or upgrade the tables: {error.orig}; {_advice(str(error.orig))}"
        ) from None
