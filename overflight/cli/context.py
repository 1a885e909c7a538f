"""What every command is handed."""

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from overflight.settings.values import Settings
    from tle.storage.port import Database, Reader


class Context:
    """What a command works with: the home, the settings, the database; each opened on first use."""

    def __init__(self) -> None:
        """Start without options; ``cli`` fills them in when it has parsed the command line."""
        self.home_option: str | None = None
        self.overrides: Mapping[str, str] = {}
        self.verbose = False

    @cached_property
    def home(self) -> Path:
        """The folder that holds everything Overflight keeps."""
        from overflight.home import find_home

        return find_home(self.home_option, os.environ)

    @cached_property
    def settings(self) -> "Settings":
        """The settings, checked whole."""
        from overflight.settings.reading import load_settings

        return load_settings(home=self.home, environ=os.environ, overrides=self.overrides)

    @property
    def has_database(self) -> bool:
        """Whether anything has been stored yet."""
        url = self.settings.database_url
        return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()

    @cached_property
    def database(self) -> "Database":
        """The database; the home and the schema are made if they are missing."""
        from overflight.database.opening import open_database
        from overflight.home import create_home

        url = self.settings.database_url
        if not self.has_database:
            create_home(self.home)
        return open_database(url)

    @property
    def stored(self) -> "Database | None":
        """The database; None where nothing has been stored yet, and nothing is."""
        return self.database if self.has_database else None

    @contextmanager
    def reading(self) -> "Iterator[Reader | None]":
        """Open a view of what is stored; None where nothing has been stored yet, and nothing is."""
        if (stored := self.stored) is None:
            yield None
            return
        with stored.reading() as reader:
            yield reader

    @staticmethod
    def now() -> datetime:
        """Return the time: the only place where a command reads the clock."""
        return datetime.now(UTC)
