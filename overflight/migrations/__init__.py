"""The schema, one Alembic revision a change."""

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config

__all__ = ["upgrade"]


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to the newest revision, in one transaction."""
    engine = sqlalchemy.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
