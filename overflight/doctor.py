"""What ``overflight doctor`` answers: what this installation has, and what it does with it."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from orbit.earth import earth_rotation_known_until
from orbit.finding.engines import WORTH_COMPILING_DAYS, choose_engine
from overflight import __version__
from overflight.settings.keys import public

if TYPE_CHECKING:
    from pathlib import Path

EXTRAS = {
    "fast": ("numba", "passes of many places, several times faster"),
    "parquet": ("pyarrow", "passes as Parquet"),
    "postgresql": ("psycopg", "a database server"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; ``advice`` is what to do where it is wrong or missing."""

    name: str
    found: str
    well: bool = True
    advice: str = ""


def examine(*, home: "Path", database_url: str, now: datetime) -> Iterator[Finding]:
    """Look at what is installed, where the state is kept, and how fresh the Earth's tables are."""
    yield Finding(name="overflight", found=f"{__version__} on Python {sys.version.split()[0]}")
    yield from _engines()
    yield from _extras()
    yield _home(home)
    yield Finding(name="database", found=str(public(database_url)))
    yield Finding(name="sqlite", found=sqlite3.sqlite_version)
    yield _earth_rotation(now)


def _engines() -> Iterator[Finding]:
    few, many = (choose_engine(count, days=1.0) for count in (1, WORTH_COMPILING_DAYS))
    if few == many:
        yield Finding(name="passes", found=f"found by {few}, however many places")
        return
    yield Finding(name="passes", found=f"found by {few}; where places times days reach "
                  f"{WORTH_COMPILING_DAYS:,}, by {many}")  # fmt: skip


def _extras() -> Iterator[Finding]:
    for extra, (package, purpose) in EXTRAS.items():
        try:
            yield Finding(name=f"extra {extra}", found=f"{package} {version(package)}")
        except PackageNotFoundError:
            yield Finding(
                name=f"extra {extra}",
                found="not installed",
                advice=f"for {purpose}: pip install 'overflight[{extra}]'",
            )


def _home(home: "Path") -> Finding:
    if not home.exists():
        return Finding(name="home", found=f"{home}, not there yet")
    if not os.access(home, os.W_OK | os.X_OK):
        return Finding(
            name="home",
            found=f"{home}, may not be written to",
            well=False,
            advice="change its permissions, or choose another with --home",
        )
    open_to_others = home.stat().st_mode & 0o077
    return Finding(
        name="home",
        found=f"{home}, readable by {'others' if open_to_others else 'you alone'}",
        well=not open_to_others,
        advice=f"it holds addresses: chmod 700 {home}" if open_to_others else "",
    )


def _earth_rotation(now: datetime) -> Finding:
    until = earth_rotation_known_until()
    return Finding(
        name="earth rotation",
        found=f"measured and predicted until {until:%Y-%m-%d}",
        well=now < until,
        advice="" if now < until else "beyond it passes may be milliseconds off: update skyfield",
    )
