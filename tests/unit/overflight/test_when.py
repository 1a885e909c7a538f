from datetime import UTC, datetime, timedelta

import pytest

from overflight.errors import OverflightError, TimeError
from overflight.when import in_words, parse_time, parse_window

NOW = datetime(2026, 11, 21, 20, 53, 44, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("now", NOW),
        (" NOW ", NOW),
        ("today", datetime(2026, 11, 21, tzinfo=UTC)),
        ("Tomorrow", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-11", datetime(2026, 11, 11, tzinfo=UTC)),
        ("2026-11-11T18:00", datetime(2026, 11, 11, 18, tzinfo=UTC)),
        ("2026-11-11 18:00Z", datetime(2026, 11, 11, 18, tzinfo=UTC)),
        ("2026-11-11T18:00+08:00", datetime(2026, 11, 11, 10, tzinfo=UTC)),
        ("2026-11-11T18:00:00.5-05:00", datetime(2026, 11, 11, 23, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_times(text, time):
    """What people type becomes an aware UTC time; without a zone UTC is meant."""
    assert parse_time(text, now=NOW) == time
    assert parse_time(text, now=NOW).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "11.11.2026",
        "2026-13-01",
        "2026-11-11T25:00",
        "1",
        "0001-01-01T00:00+05:00",
    ],
)
def test_no_times(text):
    """What is no time is refused in one line that shows what would be one."""
    with pytest.raises(TimeError) as error:
        parse_time(text, now=NOW)
    assert isinstance(error.value, OverflightError)
    assert f"'{text}' is no time" in str(error.value)
    assert "2026-11-11T18:00Z" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["0001-01-01", "1957-10-03", "2100-01-01", "9999-12-31T23:59Z"])
def test_times_without_satellites(text):
    """A time at which no orbit is known is refused before anything overflows."""
    with pytest.raises(TimeError, match="not within reach"):
        parse_time(text, now=NOW)


def _window(start="2026-10-10", *, end=None, days=None, hours=None):
    return parse_window(start=start, end=end, days=days, hours=hours, default_days=7, now=NOW)


def test_windows():
    """End, days and hours say the same thing, and without any the default holds."""
    start = datetime(2026, 10, 10, tzinfo=UTC)
    three_days = (start, start + timedelta(days=3))
    assert _window() == (start, start + timedelta(days=7))
    assert _window(days=3) == three_days
    assert _window(hours=72) == three_days
    assert _window(end="2026-10-13") == three_days
    assert _window(end="today") == (start, datetime(2026, 11, 21, tzinfo=UTC))
    assert _window(days=0.5) == (start, start + timedelta(hours=12))


@pytest.mark.parametrize(
    "given",
    [{"days": 1, "hours": 1}, {"days": 1, "end": "now"}, {"days": 1, "hours": 1, "end": "now"}],
)
def test_one_length_is_enough(given):
    """Several lengths are refused, even if they agree."""
    with pytest.raises(TimeError, match="expected one of --end, --days and --hours"):
        _window(**given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"days": 0}, "0 hours long"),
        ({"days": -1}, "-24 hours long"),
        ({"hours": 0}, "0 hours long"),
        ({"days": 367}, "up to 366 days"),
        ({"days": float("nan")}, "nan hours long"),
        ({"days": float("inf")}, "inf hours long"),
        ({"hours": 1e-12}, "expected its end after its start"),
        ({"end": "2026-10-10"}, "expected its end after its start"),
        ({"end": "2026-10-09"}, "runs from 2026-10-10T00:00Z to 2026-10-09T00:00Z"),
        ({"end": "2030-01-01"}, "by 366 days at most"),
    ],
)
def test_no_windows(given, message):
    """An empty, backward or endless window is refused, and the message says what it was."""
    with pytest.raises(TimeError, match=message):
        _window(**given)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=0), "0 s"),
        (timedelta(seconds=45), "45 s"),
        (timedelta(seconds=59.6), "1 min"),
        (timedelta(seconds=125), "2 min 5 s"),
        (timedelta(hours=3, minutes=12, seconds=59), "3 h 12 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=2, hours=3, minutes=59), "2 d 3 h"),
        (timedelta(days=1, minutes=5), "1 d"),
    ],
)
def test_in_words(span, words):
    """A span is said in its two greatest units, without a zero."""
    assert in_words(span) == words
