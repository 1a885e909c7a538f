"""Consent: who may be written to."""

from datetime import UTC, datetime, timedelta

import pytest

from messaging.people.consent import ANY, ConsentKind, ConsentRecord, Standing, adds_to, standing
from tle.times import to_ms

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)


def record(kind: str, hours: float | None = -1, **changes) -> ConsentRecord:
    """A record for marketing by smtp, given so many hours from now."""
    at_ms = None if hours is None else to_ms(NOW + timedelta(hours=hours))
    values = {"purpose": "marketing", "channel": "smtp", "recorded_ms": to_ms(NOW)}
    return ConsentRecord(kind=ConsentKind(kind), at_ms=at_ms, **values | changes)


def stands(*records: ConsentRecord) -> Standing:
    """The standing for marketing by smtp."""
    return standing(records, purpose="marketing", channel="smtp", now=NOW)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], Standing.NONE),
        ([record("grant")], Standing.GRANTED),
        ([record("grant", 0)], Standing.GRANTED),
        ([record("grant", 0.001)], Standing.NONE),
        ([record("grant", None)], Standing.GRANTED),
        ([record("withdrawal")], Standing.WITHDRAWN),
        ([record("grant", -2), record("withdrawal", -1)], Standing.WITHDRAWN),
        ([record("withdrawal", -2), record("grant", -1)], Standing.GRANTED),
        ([record("withdrawal", -1), record("grant", -1)], Standing.WITHDRAWN),
        ([record("withdrawal", -2), record("grant", None)], Standing.WITHDRAWN),
        ([record("grant", -1), record("withdrawal", None)], Standing.WITHDRAWN),
        ([record("withdrawal", 5), record("grant", -1)], Standing.WITHDRAWN),
    ],
)
def test_a_grant_counts_only_after_the_last_withdrawal_and_not_in_the_future(records, expected):
    """What was withdrawn stays so until consent is given later, at a time that is told."""
    assert stands(*records) is expected
    assert stands(*reversed(records)) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"purpose": "news"}, Standing.NONE),
        ({"channel": "file"}, Standing.NONE),
        ({"channel": ANY}, Standing.GRANTED),
    ],
)
def test_a_grant_reaches_as_far_as_it_says(changes, expected):
    """Consent to one purpose and channel is none to another; any channel is every channel."""
    assert stands(record("grant", **changes)) is expected


@pytest.mark.parametrize("changes", [{"purpose": ANY}, {"channel": ANY}, {}])
def test_a_withdrawal_of_all_withdraws_each(changes):
    """A withdrawal that names no purpose or no channel ends them all."""
    assert stands(record("grant", -2), record("withdrawal", -1, **changes)) is Standing.WITHDRAWN


def test_the_same_statement_is_recorded_once():
    """A statement that is known adds nothing, whenever it is recorded again."""
    known = record("grant")
    again = record("grant", recorded_ms=to_ms(NOW) + 1000)
    assert not adds_to([known], again)
    assert adds_to([known], record("grant", -0.5))
    assert adds_to([known], record("grant", wording="v2"))


def test_a_withdrawal_without_a_time_is_recorded_when_it_changes_something():
    """Importing the same undated withdrawal again adds nothing, unless consent was given since."""
    first = record("withdrawal", None, recorded_ms=to_ms(NOW) - 7_200_000)
    again = record("withdrawal", None)
    assert adds_to([], first)
    assert not adds_to([first], again)
    assert adds_to([first, record("grant", -1)], again)
    assert not adds_to([first, record("grant", 1)], again)
    assert adds_to([first], record("withdrawal", None, purpose=ANY))
