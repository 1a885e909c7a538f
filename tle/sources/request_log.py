"""What was asked of whom: the one truth about what may be asked now.

A request is claimed before it is made: one transaction looks at all limits and writes the row, so
of several processes only one asks. A process that dies after that counts as having asked. Floors,
counts of bytes and requests, and whether a source is stopped all follow from the rows. A source is
stopped while any of its requests is; a person resumes them all.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from tle.sources.asking import Limits, Request, RequestResult
from tle.storage.numbering import reserve
from tle.storage.port import Database, Reader, Transaction
from tle.times import from_ms, to_ms

KEPT = timedelta(days=14)
UNREACHED_FLOOR = timedelta(minutes=5)  # nobody was asked, so nobody minds
_ASKED = "asked"  # no result yet
_RESUMED = "resumed"  # it stopped its source, and a person has looked since
_IN_VAIN = {
    _ASKED,
    _RESUMED,
    RequestResult.UNREACHED,
    RequestResult.FAILED,
    RequestResult.REFUSED,
    RequestResult.STOPPED,
}
_DAY = timedelta(days=1)

_INSERT = """
INSERT INTO source_request (request_no, source, query, at_ms, bytes, outcome, note)
VALUES (:request_no, :source, :query, :at_ms, :bytes, :result, :note)
"""
_SETTLE = """
UPDATE source_request SET outcome = :result, note = :note, bytes = :bytes
WHERE request_no = :request_no
"""
_BRING_BACK = "UPDATE source_request SET at_ms = :now_ms WHERE source = :source AND at_ms > :now_ms"
_STOP = """
SELECT note FROM source_request
WHERE source = :source AND outcome = 'stopped' ORDER BY request_no DESC LIMIT 1
"""
_RESUME = """
UPDATE source_request SET outcome = :resumed WHERE source = :source AND outcome = 'stopped'
"""
_LAST_OF_QUERY = """
SELECT at_ms, outcome FROM source_request
WHERE source = :source AND query = :query ORDER BY request_no DESC LIMIT 1
"""
_BYTES = """
SELECT COALESCE(SUM(bytes), 0) FROM source_request WHERE source = :source AND at_ms >= :since_ms
"""
_TIMES = """
SELECT at_ms FROM source_request
WHERE source = :source AND at_ms > :since_ms ORDER BY at_ms
"""
_PRUNE = """
DELETE FROM source_request
WHERE at_ms < :before_ms AND outcome <> 'stopped' AND request_no NOT IN (
    SELECT MAX(request_no) FROM source_request GROUP BY source, outcome
)
"""
_LAST_SUCCESS = """
SELECT MAX(at_ms) FROM source_request
WHERE source = :source AND outcome IN ('updated', 'unchanged')
"""
_QUERIES = """
SELECT query, at_ms, outcome, note FROM source_request
WHERE request_no IN (SELECT MAX(request_no) FROM source_request
    WHERE source = :source GROUP BY query)
ORDER BY query
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why a request must not be made."""

    result: RequestResult
    """``WAITING`` or ``STOPPED``."""
    note: str
    until: datetime | None
    """When it may be; None: when a person has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuery:
    """The last request for one query."""

    query: str
    at: datetime
    result: str
    note: str
    next_at: datetime
    """When it may be asked again, as far as the floor goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How things stand with one source."""

    source: str
    is_stopped: bool
    why: str
    """Why it is stopped."""
    last_success: datetime | None
    bytes_today: int
    queries: list[AskedQuery]


def claim(
    database: Database,
    source: str,
    request: Request,
    *,
    limits: Limits,
    now: datetime,
    at_least: timedelta = timedelta(0),
) -> int | Held:
    """Take the right to make a request, or learn why not.

    Args:
        database: shared by all who ask the same provider from here.
        source: the provider's name.
        request: what is to be asked.
        limits: the provider's.
        now: aware UTC.
        at_least: since the last request for the same query, if that is longer than the floor and
            the request was not in vain.

    Returns:
        The number under which the result is to be settled.
    """
    with database.writing() as transaction:
        number = reserve(transaction, "source_request", 1)  # two that claim wait for each other
        # After the clock was set back, what was asked "later" counts as asked just now.
        transaction.execute(_BRING_BACK, source=source, now_ms=to_ms(now))
        held = _held(transaction, source, request, limits=limits, now=now, at_least=at_least)
        if held is not None:
            return held
        transaction.execute(
            _INSERT,
            request_no=number,
            source=source,
            query=request.query,
            at_ms=to_ms(now),
            bytes=request.max_bytes,
            result=_ASKED,
            note="",
        )
    return number


def settle(
    database: Database, request_no: int, *, result: RequestResult, note: str, received_bytes: int
) -> None:
    """Write down how a claimed request ended."""
    with database.writing() as transaction:
        transaction.execute(
            _SETTLE,
            request_no=request_no,
            result=result.value,
            note=note,
            bytes=received_bytes,
        )


def resume(database: Database, source: str) -> bool:
    """Let a stopped source be asked again; False if it was not stopped. Floors stay."""
    with database.writing() as transaction:
        return bool(transaction.execute(_RESUME, source=source, resumed=_RESUMED))


def prune(database: Database, *, now: datetime) -> None:
    """Forget old requests, but for those that stop a source and the last of each result."""
    with database.writing() as transaction:
        transaction.execute(_PRUNE, before_ms=to_ms(now - KEPT))


def source_state(reader: Reader, source: str, *, limits: Limits, now: datetime) -> SourceState:
    """Tell how things stand with a source."""
    why = _why_stopped(reader, source)
    ((last_ms,),) = reader.rows(_LAST_SUCCESS, source=source)
    return SourceState(
        source=source,
        is_stopped=why is not None,
        why=why or "",
        last_success=None if last_ms is None else from_ms(last_ms),
        bytes_today=_bytes_today(reader, source, now),
        queries=[
            AskedQuery(
                query=query,
                at=from_ms(at_ms),
                result=result,
                note=note,
                next_at=from_ms(at_ms) + _floor(limits, result),
            )
            for query, at_ms, result, note in reader.rows(_QUERIES, source=source)
        ],
    )


def _held(
    transaction: Transaction,
    source: str,
    request: Request,
    *,
    limits: Limits,
    now: datetime,
    at_least: timedelta,
) -> Held | None:
    why = _why_stopped(transaction, source)
    if why is not None:
        return Held(result=RequestResult.STOPPED, note=why, until=None)
    for at_ms, result in transaction.rows(_LAST_OF_QUERY, source=source, query=request.query):
        asked = from_ms(at_ms)
        floor = _floor(limits, result)
        until = asked + (floor if result in _IN_VAIN else max(floor, at_least))
        if now < until:
            return _waiting(f"asked at {asked:%H:%M}Z", until)
    for span, count in limits.requests_within:
        times = transaction.rows(_TIMES, source=source, since_ms=to_ms(now - span))
        if len(times) >= count:
            until = from_ms(times[-count][0]) + span
            return _waiting(f"{len(times)} requests within {span}", until)
    if limits.bytes_a_day is not None:
        taken = _bytes_today(transaction, source, now)
        if taken + request.max_bytes > limits.bytes_a_day:
            return _waiting(f"{taken:,} bytes today", _midnight(now) + _DAY)
    return None


def _waiting(why: str, until: datetime) -> Held:
    note = f"{why}; may be asked again at {until:%Y-%m-%d %H:%M}Z"
    return Held(result=RequestResult.WAITING, note=note, until=until)


def _why_stopped(reader: Reader, source: str) -> str | None:
    return next((note for (note,) in reader.rows(_STOP, source=source)), None)


def _floor(limits: Limits, result: str) -> timedelta:
    return UNREACHED_FLOOR if result == RequestResult.UNREACHED else limits.floor


def _bytes_today(reader: Reader, source: str, now: datetime) -> int:
    ((taken,),) = reader.rows(_BYTES, source=source, since_ms=to_ms(_midnight(now)))
    return int(taken)


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)
