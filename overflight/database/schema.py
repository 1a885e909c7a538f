"""The schema of a database: which revision it has, and how it gets the newest.

It is Alembic's on every engine.
"""

from importlib.resources import files
from pathlib import Path

from overflight.database.sqlite import advice_on
from overflight.errors import DatabaseError
from tle.storage.port import Database

SCHEMA_HEAD = "0002"
"""The newest revision in ``migrations/versions``; a test holds the two together."""


def revision_of(database: Database, catalog: str, column: str) -> str | None:
    """Return the revision of a database; None where it has no tables yet.

    Args:
        database: what was opened.
        catalog: the engine's table of tables.
        column: where that holds their names.
    """
    with database.reading() as reader:
        if not reader.rows(f"SELECT 1 FROM {catalog} WHERE {column} = 'alembic_version'"):
            return None
        found = reader.rows("SELECT version_num FROM alembic_version")
        return str(found[0][0]) if found else None


def migrate(where: str | Path, revision: str | None) -> None:
    """Bring the database at a URL, or in a file, from a revision to the newest.

    Raises:
        DatabaseError: a newer Overflight wrote it, or it cannot be changed.
    """
    versions = files("overflight.database.migrations") / "versions"
    known = {path.name[:4] for path in versions.iterdir()}
    if revision == SCHEMA_HEAD:
        return  # another process was faster
    if revision is not None and revision not in known:
        raise DatabaseError(
            f"the database has schema {revision}, this Overflight knows up to {SCHEMA_HEAD}: "
            "a newer version wrote it; upgrade Overflight, or use another --home. Nothing changed"
        )
    import sqlalchemy  # noqa: PLC0415 - 0.2-0.4 s, and only a schema that lacks something needs it

    from overflight.database.migrations import upgrade  # noqa: PLC0415 - it imports Alembic

    # Written into a URL, a path with ? or # in it would name another file.
    at_path = sqlalchemy.URL.create("sqlite", database=str(where))
    url = at_path if isinstance(where, Path) else where
    try:
        upgrade(url)
    except sqlalchemy.exc.DBAPIError as error:
        raise DatabaseError(
            f"cannot create or upgrade the tables: {error.orig}; {advice_on(str(error.orig))}"
        ) from None
