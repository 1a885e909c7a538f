"""The consent columns of a customer's row."""

import pytest

from messaging.errors import CustomerRowError
from messaging.people.consent import ConsentKind
from messaging.people.importing.consent_cells import parse_consent

RECORDED_MS = 1_790_000_000_000


def parse(**cells: str):
    """Read the cells, named without ``consent_``."""
    named = {"consent" if name == "said" else f"consent_{name}": cells[name] for name in cells}
    return parse_consent(named, recorded_ms=RECORDED_MS)


@pytest.mark.parametrize("said", ["yes", "Y", "TRUE", "1", "granted"])
def test_a_clear_yes_grants(said):
    """Each of the few words for yes records a grant, at its time."""
    (record,) = parse(
        said=said, purpose="Marketing", channel="email", at="2026-10-01T10:00+02:00"
    ).records
    assert record.kind is ConsentKind.GRANT
    assert (record.purpose, record.channel) == ("marketing", "smtp")
    assert record.at_ms == 1_790_841_600_000


@pytest.mark.parametrize("said", ["x", "on", "?", "pending", "yes please", "ja", "2"])
def test_anything_else_is_no_consent(said):
    """What is not a clear yes or no records nothing and is reported."""
    spoken = parse(said=said, purpose="marketing", channel="any")
    assert spoken.records == ()
    assert said in spoken.unclear


def test_what_is_no_consent_is_reported_without_what_is_personal():
    """An address in the column of consent does not reach the report."""
    spoken = parse(said="mei@example.org", purpose="marketing", channel="any")
    assert spoken.records == ()
    assert spoken.unclear
    assert "mei" not in spoken.unclear


def test_an_empty_cell_says_nothing():
    """An empty cell records nothing and needs no report."""
    assert parse(said="", purpose="marketing", channel="any").unclear == ""
    assert parse().records == ()


@pytest.mark.parametrize(
    ("purpose", "channel"),
    [("", "any"), ("marketing", ""), ("marketing", "pigeon"), ("any", "any"), ("a b", "any")],
)
def test_a_yes_to_nothing_in_particular_is_no_consent(purpose, channel):
    """A grant must name its purpose and its channel."""
    spoken = parse(said="yes", purpose=purpose, channel=channel)
    assert spoken.records == ()
    assert spoken.unclear


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, ("any", "any")),
        ({"purpose": "news"}, ("news", "any")),
        ({"purpose": "new s", "channel": "emial"}, ("any", "any")),
    ],
)
def test_a_no_withdraws_all_it_does_not_limit(cells, expected):
    """A withdrawal whose purpose or channel is missing or unreadable withdraws all."""
    (record,) = parse(said="No", **cells).records
    assert record.kind is ConsentKind.WITHDRAWAL
    assert (record.purpose, record.channel) == expected
    assert record.effective_ms == RECORDED_MS


def test_several_purposes_are_several_records():
    """Purposes separated by a bar are recorded one by one."""
    records = parse(said="yes", purpose="news | marketing|news", channel="file").records
    assert [record.purpose for record in records] == ["news", "marketing"]


@pytest.mark.parametrize("at", ["yesterday", "01.10.2026", "2026-13-01", "0001-01-01T00:00+23:00x"])
def test_an_unreadable_time_refuses_the_row(at):
    """A time that cannot be read is an error of its column, not a grant without a time."""
    with pytest.raises(CustomerRowError) as caught:
        parse(said="yes", purpose="news", channel="any", at=at)
    assert caught.value.column == "consent_at"
