"""Providers of element sets as the tests see them: told what to do, and asked what was asked."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from overflight.database.opening import open_database
from tle.sources.http import HttpOptions
from tle.storage.port import Database

SCRIPT = Path(__file__).with_name("fake_provider.py")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A running fake."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    def behave(self, to: str = "*", **manner: Any) -> None:
        """Say how to answer a query or a path: status, text, headers, manner."""
        (self.folder / "manners.json").write_text(json.dumps({to: manner}))

    def behave_well(self) -> None:
        """Answer as it should again."""
        (self.folder / "manners.json").write_text("{}")

    def forget(self) -> None:
        """Begin anew."""
        self.behave_well()
        for name in ("requests.jsonl", "given"):
            (self.folder / name).write_text("")

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What it was asked so far."""
        path = self.folder / "requests.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def start_provider(tmp_path_factory, elements_file) -> Iterator[Callable[..., Provider]]:
    """Start a provider that knows the ISS and Tianhe; it ends with the module."""
    processes = []

    def start(*certificate: Path) -> Provider:
        folder = tmp_path_factory.mktemp("provider")
        for ending in (".csv", ".json"):
            shutil.copy(elements_file.with_suffix(ending), folder / f"sets{ending}")
        command = [sys.executable, SCRIPT, folder, *certificate]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        fake = Provider(folder=folder, port=int(process.stdout.readline()))
        fake.forget()
        return fake

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def _one_provider(start_provider) -> Provider:
    return start_provider()


@pytest.fixture
def provider(_one_provider) -> Provider:
    """One that answers as it should, and was asked nothing yet."""
    _one_provider.forget()
    return _one_provider


@pytest.fixture
def http() -> HttpOptions:
    """Little patience."""
    return HttpOptions(user_agent="overflight/9.9 (tests)", connect_timeout_s=2, total_timeout_s=3)


@pytest.fixture
def database(tmp_path) -> Iterator[Database]:
    """An empty store."""
    with closing(open_database(f"sqlite:///{tmp_path / 'test.sqlite3'}")) as opened:
        yield opened


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        """Start on a morning in October."""
        self.now = datetime(2026, 10, 10, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass; negative: set the clock back."""
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Hands:
    """The time, moved by hand."""
    return Hands()
