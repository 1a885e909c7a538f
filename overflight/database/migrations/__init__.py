"""The schema, one Alembic revision a change."""

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config

__all__ = ["upgrade"]

LOCK = 0x0F11647  # any number that no other program takes: two first starts wait for each other


def upgrade(url: str | sqlalchemy.URL) -> None:
    """Bring the database at ``url`` to the newest revision, in one transaction."""
    is_sqlite = sqlalchemy.make_url(url).get_backend_name() == "sqlite"
    # Left to itself, the driver of SQLite commits every table on its own.
    by_hand = {"isolation_level": None} if is_sqlite else {}
    engine = sqlalchemy.create_engine(url, connect_args=by_hand)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        if is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
