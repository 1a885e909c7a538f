"""Which workers are alive, as far as the database knows."""

from dataclasses import dataclass
from datetime import datetime

from tle.storage.port import Database, Reader
from tle.times import from_ms, to_ms

_BEAT = "UPDATE worker SET seen_ms = :now_ms WHERE name = :name"
_FIRST_BEAT = "INSERT INTO worker (name, started_ms, seen_ms) VALUES (:name, :now_ms, :now_ms)"
_SIGN_OFF = "DELETE FROM worker WHERE name = :name"
_FORGET = "DELETE FROM worker WHERE seen_ms < :before_ms"
_WORKERS = "SELECT name, started_ms, seen_ms FROM worker ORDER BY name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that delivers, or did until it was killed."""

    name: str
    started_at: datetime
    seen_at: datetime


def beat(database: Database, name: str, *, now: datetime) -> None:
    """Record that a worker is alive."""
    with database.writing() as transaction:
        if not transaction.execute(_BEAT, name=name, now_ms=to_ms(now)):
            transaction.execute(_FIRST_BEAT, name=name, now_ms=to_ms(now))


def sign_off(database: Database, name: str) -> None:
    """Record that a worker has ended by itself."""
    with database.writing() as transaction:
        transaction.execute(_SIGN_OFF, name=name)


def forget_silent(database: Database, *, before: datetime) -> None:
    """Drop workers that were last seen long ago: they will not come back under their name."""
    with database.writing() as transaction:
        transaction.execute(_FORGET, before_ms=to_ms(before))


def workers(reader: Reader) -> list[Worker]:
    """Return the workers that have not signed off."""
    return [
        Worker(name=name, started_at=from_ms(started_ms), seen_at=from_ms(seen_ms))
        for name, started_ms, seen_ms in reader.rows(_WORKERS)
    ]
