"""The database that a URL names: SQLite on a laptop, PostgreSQL beyond it."""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from messaging.locking import locked
from overflight.database.schema import SCHEMA_HEAD, migrate, revision_of
from overflight.database.sqlite import SqliteDatabase, advice_on
from overflight.errors import DatabaseError, ServerError
from tle.storage.port import Database

SQLITE = "sqlite:///"


def open_database(url: str) -> Database:
    """Open the database at ``url``, creating or upgrading its schema where that is needed.

    Raises:
        DatabaseError: it cannot be opened, or a newer Overflight wrote it.
    """
    if url.startswith(SQLITE):
        return _open_sqlite(Path(url.removeprefix(SQLITE)))
    return _open_server(url)


def _open_sqlite(path: Path) -> SqliteDatabase:
    if not path.exists():
        with _creating(path):
            path.touch(mode=0o600)
    if not path.stat().st_size:
        with _alone(path):  # two that turn a new file to WAL do not wait for each other
            SqliteDatabase(path).close()
    database = SqliteDatabase(path)
    if _revision(database) != SCHEMA_HEAD:
        with _alone(path):
            migrate(path, _revision(database))
    return database


def _revision(database: SqliteDatabase) -> str | None:
    return revision_of(database, "sqlite_master", "name")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process work at a database while the others wait."""
    lock = path.with_name(path.name + ".lock")
    with ExitStack() as stack:
        with _creating(lock):
            stack.enter_context(locked(lock, os.O_CREAT | os.O_RDWR))
        yield


@contextmanager
def _creating(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = advice_on("full" if error.errno == errno.ENOSPC else "readonly")
        raise DatabaseError(f"cannot create {path}: {error.strerror}; {advice}") from error


def _open_server(url: str) -> Database:
    import sqlalchemy  # noqa: PLC0415 - 0.2-0.4 s; only whoever uses a server pays it

    from overflight.database.server import EngineDatabase  # noqa: PLC0415 - for the same reason

    if url.startswith("postgresql://"):  # which SQLAlchemy takes for its older driver's
        url = url.replace("postgresql", "postgresql+psycopg", 1)
    try:
        database = EngineDatabase(sqlalchemy.create_engine(url, hide_parameters=True))
        revision = revision_of(database, "information_schema.tables", "table_name")
    except (sqlalchemy.exc.SQLAlchemyError, ServerError, ModuleNotFoundError) as error:
        # The driver's text may hold the URL with its password: name the kind of error only.
        kind = error.kind if isinstance(error, ServerError) else type(error).__name__
        raise DatabaseError(
            f"cannot open the database that OVERFLIGHT_DATABASE names ({kind}); expected "
            "sqlite:///FILE, or postgresql://USER@HOST/NAME with a server that answers and "
            "pip install 'overflight[postgresql]'"
        ) from None
    if revision != SCHEMA_HEAD:
        migrate(url, revision)
    return database
