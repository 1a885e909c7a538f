"""How things stand with the providers of element sets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from tle.sources.providers import PROVIDERS
from tle.sources.request_log import source_state
from tle.storage.port import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """The last time a provider was asked the same."""

    query: str
    asked_at: datetime
    result: str
    note: str | None
    next_at: datetime
    """When it may be asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """One provider."""

    source: str
    state: str
    """``ready``, ``stopped``, or ``not used``: the settings do not name it."""
    why: str | None
    """Why it is stopped."""
    last_success: datetime | None
    bytes_today: int
    queries: Sequence[AskedFor]

    @property
    def is_stopped(self) -> bool:
        """Whether it is not asked until a person resumes it."""
        return self.state == "stopped"


def source_views(
    reader: Reader | None, *, used: Collection[str], now: datetime
) -> list[SourceView]:
    """Return every provider that was ever asked.

    Args:
        reader: the view to read; None: nothing has been stored yet.
        used: the providers that the settings name.
        now: the time from which to count.
    """
    return [] if reader is None else [_source_view(reader, name, used, now) for name in PROVIDERS]


def _source_view(reader: Reader, name: str, used: Collection[str], now: datetime) -> SourceView:
    state = source_state(reader, name, limits=PROVIDERS[name].limits, now=now)
    return SourceView(
        source=name,
        state="stopped" if state.is_stopped else "ready" if name in used else "not used",
        why=state.why or None,
        last_success=state.last_success,
        bytes_today=state.bytes_today,
        queries=[
            AskedFor(
                query=each.query,
                asked_at=each.at,
                result=each.result,
                note=each.note or None,
                next_at=each.next_at,
            )
            for each in state.queries
        ],
    )
