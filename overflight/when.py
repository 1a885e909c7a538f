"""The times people type: ISO dates and times, ``now``, ``today``, ``tomorrow``."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from overflight.errors import TimeError

_FIRST = datetime(1957, 10, 4, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)
EXPECTED = "an ISO date or time (2026-11-11, 2026-11-11T18:00Z), now, today or tomorrow"


def parse_time(text: str, *, now: datetime) -> datetime:
    """Return an aware UTC time; UTC is meant unless the text carries a zone.

    Raises:
        TimeError: the text is no time, or one without satellites.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    words = {"now": now, "today": midnight, "tomorrow": midnight + timedelta(days=1)}
    if (word := text.strip().casefold()) in words:
        return words[word]
    try:
        time = datetime.fromisoformat(text.strip())
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise TimeError(f"'{text}' is no time; expected {EXPECTED}") from None
    if not _FIRST <= time < _LAST:
        raise TimeError(f"'{text}' is not within reach; expected a time from Sputnik to 2099")
    return time


def parse_window(
    *,
    start: str,
    end: str | None,
    days: float | None,
    hours: float | None,
    default_days: float,
    now: datetime,
) -> tuple[datetime, datetime]:
    """Return start and end from whichever of end, days and hours was given.

    Raises:
        TimeError: more than one was given, or the window is empty or longer than a year.
    """
    if sum(given is not None for given in (end, days, hours)) > 1:
        raise TimeError("expected one of --end, --days and --hours, got several; leave one")
    first = parse_time(start, now=now)
    if end is not None:
        last = parse_time(end, now=now)
    else:
        span_hours = hours if hours is not None else 24 * (default_days if days is None else days)
        if not 0 < span_hours <= 24 * 366:
            raise TimeError(f"the window is {span_hours:g} hours long; expected up to 366 days")
        last = first + timedelta(hours=span_hours)
    if not first < last <= first + timedelta(days=366):
        raise TimeError(
            f"the window runs from {first:%Y-%m-%dT%H:%MZ} to {last:%Y-%m-%dT%H:%MZ}; "
            "expected its end after its start, by 366 days at most"
        )
    return first, last


def in_words(span: timedelta) -> str:
    """Return a span as people say it: ``2 d 3 h``, ``3 h 12 min``, ``45 s``."""
    seconds = round(span.total_seconds())
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    for (big, big_s), (small, small_s) in pairwise(units):
        if seconds >= big_s:
            count, rest = divmod(seconds, big_s)
            return (
                f"{count} {big} {rest // small_s} {small}" if rest // small_s else f"{count} {big}"
            )
    return f"{seconds} s"
