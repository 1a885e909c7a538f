"""Asking a provider and loading what it answers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tle.errors import HostUnknown, LoginRefused, NoAnswer
from tle.formats.base import Refusal
from tle.sources.answers import Answer, understand
from tle.sources.asking import BySatellites, Query, Request, RequestResult, Source
from tle.sources.request_log import Held, claim, prune, settle
from tle.storage.port import Database, Reader
from tle.versions.adoption import current_ids
from tle.versions.loading import Loaded, LoadStatus, load_elements

_GOOD = {RequestResult.UPDATED, RequestResult.UNCHANGED, RequestResult.WAITING}
_ENDS_THE_ROUND = {RequestResult.FAILED, RequestResult.UNREACHED, RequestResult.STOPPED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What came of one query."""

    source: str
    query: str
    """As the provider writes it; of a file its path."""
    result: RequestResult
    note: str = ""
    """Why, where the result does not say it."""
    loaded: list[Loaded] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    missing: frozenset[int] = frozenset()
    """Satellites of which nothing came, though something came of others."""

    @property
    def is_good(self) -> bool:
        """Whether nothing went wrong; waiting until a provider may be asked again is no wrong."""
        return self.result in _GOOD and not self.refusals and not self.missing


def update_elements(
    database: Database,
    source: Source,
    queries: Sequence[Query],
    *,
    clock: Callable[[], datetime],
    unless_asked_within: timedelta = timedelta(0),
) -> Iterator[Update]:
    """Ask a provider for element sets and load them; yield what came of each query, as it happens.

    Nothing is asked before the iteration begins. Where one query gets no answer, or the source is
    stopped, those after it are not asked this time, and the note says how many.

    Args:
        database: where to.
        source: whom to ask; its limits are kept, whoever else asks it by this database.
        queries: what for. A temporary number that has been adopted is asked for by the real one.
        clock: the time, aware UTC.
        unless_asked_within: what was asked so recently, and answered, is not asked but waits;
            what was asked in vain waits only as long as the provider's floor.

    Raises:
        QueryError: the source cannot be asked that.
    """
    with database.reading() as reader:
        requests = source.requests([_under_current_numbers(reader, query) for query in queries])
    prune(database, now=clock())
    for count_left, request in zip(reversed(range(len(requests))), requests, strict=True):
        update = _ask(database, source, request, clock=clock, at_least=unless_asked_within)
        if update.result in _ENDS_THE_ROUND and count_left:
            yield replace(update, note=f"{update.note}; not asked: {count_left} more")
            return
        yield update


def _under_current_numbers(reader: Reader, query: Query) -> Query:
    if not isinstance(query, BySatellites):
        return query
    return BySatellites(tuple(current_ids(reader, query.norad_ids).values()))


def _ask(
    database: Database,
    source: Source,
    request: Request,
    *,
    clock: Callable[[], datetime],
    at_least: timedelta,
) -> Update:
    claimed = claim(
        database, source.name, request, limits=source.limits, now=clock(), at_least=at_least
    )
    told = Update(source=source.name, query=request.query, result=RequestResult.WAITING)
    if isinstance(claimed, Held):
        return _explained(replace(told, result=claimed.result, note=claimed.note))
    label = f"{source.name} {request.query}"
    answer, received_bytes = _answer(source, request, label)
    sets = answer.parsed.sets
    loaded = load_elements(database, sets, source=label, now=clock()) if sets else []
    settle(
        database,
        claimed,
        result=answer.result,
        note=answer.note,
        received_bytes=received_bytes,
    )
    update = replace(
        told,
        result=result_of(answer.result, loaded),
        note=answer.note,
        loaded=loaded,
        refusals=answer.parsed.refusals,
        missing=answer.missing,
    )
    return _explained(update)


def _explained(update: Update) -> Update:
    """Say of a source that has just been stopped, or was before, when it is asked again."""
    if update.result != RequestResult.STOPPED:
        return update
    return replace(update, note=f"{update.note}; it is stopped until a person resumes it")


def _answer(source: Source, request: Request, label: str) -> tuple[Answer, int]:
    """Return what the provider says, and in how many bytes."""
    try:
        reply = source.fetch(request)
    except HostUnknown as error:
        return Answer(result=RequestResult.UNREACHED, note=error.reason), error.received_bytes
    except NoAnswer as error:
        return Answer(result=RequestResult.FAILED, note=error.reason), error.received_bytes
    except LoginRefused as error:
        return Answer(result=RequestResult.STOPPED, note=str(error)), 0
    return understand(reply, request, source=label), reply.received_bytes


def result_of(result: RequestResult, loaded: Sequence[Loaded]) -> RequestResult:
    """Return ``UNCHANGED`` where all that came was known already."""
    known = bool(loaded) and all(each.status == LoadStatus.UNCHANGED for each in loaded)
    return RequestResult.UNCHANGED if known else result
