"""The pure half of planning, on passes made up for the case at hand."""

from dataclasses import replace

import numpy as np
import pytest

from messaging.campaigns.definition import Campaign, Moment, PassRule
from messaging.campaigns.reading import parse_campaign
from messaging.passes.candidates import NEVER_MS, Candidates
from messaging.passes.matching import nearest
from messaging.passes.timing import BUCKET_MS, NEVER_SETS_WINDOW_MS, SPREAD_MS, windows
from messaging.planning.choosing import Audience, choose, why_nothing
from messaging.planning.revising import Waiting, revise
from messaging.queue.chunks import CHUNK_SIZE, group_by_due
from tests.making import campaign_text

MINUTE_MS = 60_000
PERIOD_MS = 90 * MINUTE_MS
NO_TAKEN = np.empty((0, 2), np.int64)


def passes(*culminations_min, site=None, elevation_deg=None, **columns) -> Candidates:
    """Passes of six minutes at some minutes since 1970, over one site if no other is given."""
    count = len(culminations_min)
    culmination_ms = np.array(culminations_min, np.int64) * MINUTE_MS
    values = {
        "site": np.array(site if site is not None else [0] * count, np.int64),
        "norad_id": np.full(count, 25544),
        "period_ms": np.full(count, PERIOD_MS),
        "culmination_ms": culmination_ms,
        "culmination_azimuth_deg": np.zeros(count),
        "culmination_elevation_deg": np.array(elevation_deg or [50.0] * count),
        "culmination_range_km": np.full(count, 500.0),
        "aos_ms": culmination_ms - 3 * MINUTE_MS,
        "aos_azimuth_deg": np.zeros(count),
        "los_ms": culmination_ms + 3 * MINUTE_MS,
        "los_azimuth_deg": np.zeros(count),
        "visible": np.ones(count, bool),
        "element_epoch_ms": np.zeros(count, np.int64),
        "usable": np.ones(count, bool),
        "stale": np.zeros(count, bool),
    }
    return Candidates(**values | {name: np.array(value) for name, value in columns.items()})


def people(*sites, blocked_by=None, budget=1) -> Audience:
    """One customer a site."""
    return Audience(
        customer_no=np.arange(1, len(sites) + 1),
        site=np.array(sites, np.int64),
        blocked_by=np.array(blocked_by or [""] * len(sites), object),
        budget=np.broadcast_to(np.array(budget, np.int64), len(sites)),
    )


def campaign(choose_="best", limit=1, moment=None) -> Campaign:
    """A campaign with some choice and limit."""
    loaded = parse_campaign(campaign_text(), source="test")
    rule = PassRule(choose=choose_)
    values = {f: getattr(loaded, f) for f in loaded.__struct_fields__}
    return Campaign(
        **values | {"passes": rule, "limit_per_customer": limit, "moment": moment or Moment()}
    )


def chosen(campaign_, audience, candidates, taken=NO_TAKEN, *, now_min=0, until_min=10_000):
    """Return (customer, candidate) rows."""
    choice = choose(
        campaign_,
        audience,
        candidates,
        taken,
        now_ms=now_min * MINUTE_MS,
        until_ms=until_min * MINUTE_MS,
    )
    return list(zip(choice.customer.tolist(), choice.candidate.tolist(), strict=True))


SKY = passes(100, 200, 300, 150, 250, site=[0, 0, 0, 1, 1], elevation_deg=[20, 80, 50, 30, 40])


def test_best_takes_the_highest():
    """Each customer gets the highest pass over their own site."""
    assert chosen(campaign(), people(1, 0, 1), SKY) == [(0, 4), (1, 1), (2, 4)]


def test_first_takes_the_earliest():
    """First is about time, not about height; each takes them in turn up to the limit."""
    assert chosen(campaign("first"), people(0, 1), SKY) == [(0, 0), (1, 3)]
    assert chosen(campaign("each", 2), people(0, 1), SKY, NO_TAKEN) == [(0, 0), (1, 3)]
    both = people(0, 1, budget=2)
    assert chosen(campaign("each", 2), both, SKY) == [(0, 0), (0, 1), (1, 3), (1, 4)]


def test_best_waits_for_the_horizon():
    """The best pass is planned when the horizon reaches it; no lesser one stands in for it."""
    assert chosen(campaign(), people(0), SKY, until_min=200) == []
    assert chosen(campaign(), people(0), SKY, until_min=201) == [(0, 1)]
    assert chosen(campaign(limit=2), people(0, budget=2), SKY, until_min=201) == [(0, 1)]


def test_what_remains_of_the_limit_waits_too():
    """With one of two best passes behind, the budget of one is kept for the better of the rest."""
    later = passes(100, 200, 300, elevation_deg=[80, 20, 50])
    rest = people(0, budget=1)
    assert chosen(campaign(limit=2), rest, later, now_min=110, until_min=250) == []
    assert chosen(campaign(limit=2), rest, later, now_min=110, until_min=301) == [(0, 2)]


def test_a_pass_is_taken_once():
    """A customer who had a message about a pass gets none about it again."""
    taken = np.array([[0, 0]])
    assert chosen(campaign("first"), people(0, 0), SKY, taken) == [(0, 1), (1, 0)]


def test_blocked_and_served_get_nothing():
    """Who is kept out by a rule, or has had enough, is not chosen for."""
    audience = people(0, 0, 0, blocked_by=["no_consent", "", ""], budget=[1, 0, 1])
    assert chosen(campaign(), audience, SKY) == [(2, 1)]


def test_a_pass_that_is_over_is_not_chosen():
    """Messages that would have expired are not planned; one under way may still be."""
    assert chosen(campaign("first"), people(0), SKY, now_min=102) == [(0, 0)]
    assert chosen(campaign("first"), people(0), SKY, now_min=103) == [(0, 1)]


def test_unusable_passes_are_not_chosen():
    """What the rule of the campaign leaves out is not planned."""
    sky = replace(SKY, usable=np.array([True, False, True, False, False]))
    assert chosen(campaign(), people(0, 1), sky) == [(0, 2)]


def test_choosing_from_nothing():
    """No passes and no customers are nothing to choose, and no error."""
    assert chosen(campaign(), people(0), passes()) == []
    assert chosen(campaign(), people(), SKY) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, ""),
        ({"usable": [False], "stale": [False]}, "no_pass_meets_the_rule"),
        ({"usable": [False], "stale": [True]}, "elements_too_old"),
    ],
)
def test_why_nothing(changes, rule):
    """The rule names what stands between a customer and a message."""
    sky = passes(100, **changes)
    audience = people(0, 1, 0, blocked_by=["", "", "no_consent"])

    def why(served, now_ms=0):
        flags = np.array(served)
        return why_nothing(Moment(), audience, sky, flags, now_ms=now_ms).tolist()

    assert why([False] * 3) == [rule, "no_pass", "no_consent"]
    assert why([True] * 3) == ["", "", ""]
    assert why([False] * 3, 103 * MINUTE_MS) == ["no_pass", "no_pass", "no_consent"]


def window_of(moment: Moment, sky: Candidates, seed=7):
    """Return (not_before, due, expires_at) of the first pass for one customer, ms."""
    found = windows(moment, sky, np.array([0]), np.array([1]), np.array([seed]))
    return tuple(int(c[0]) for c in (found.not_before_ms, found.due_ms, found.expires_at_ms))


@pytest.mark.parametrize(
    ("moment", "first_min", "last_min"),
    [
        (Moment(at="aos"), 97, 103),
        (Moment(at="culmination"), 100, 103),
        (Moment(at="before", minutes_before=10.0), 87, 97),
    ],
)
def test_window_of_a_moment(moment, first_min, last_min):
    """A window begins at the moment and ends with the pass, or with its rise if it announces it."""
    not_before, due, expires_at = window_of(moment, passes(100))
    assert (not_before, expires_at) == (first_min * MINUTE_MS, last_min * MINUTE_MS)
    assert not_before <= due <= not_before + SPREAD_MS + BUCKET_MS
    assert due % BUCKET_MS == 0


@pytest.mark.parametrize("moment", [Moment(at="aos"), Moment(at="culmination")])
def test_window_of_a_satellite_that_never_sets(moment):
    """Without rise and set the window is the five minutes from the culmination."""
    not_before, due, expires_at = window_of(
        moment, passes(100, aos_ms=[NEVER_MS], los_ms=[NEVER_MS])
    )
    assert not_before == 100 * MINUTE_MS <= due < expires_at
    assert expires_at == not_before + NEVER_SETS_WINDOW_MS


def test_a_short_window_leaves_the_grid():
    """In a window too short for the grid the message is due in the first half, off the grid."""
    for seed in range(50):
        sky = passes(100, los_ms=[100 * MINUTE_MS + 8_000])
        not_before, due, expires_at = window_of(Moment(), sky, seed)
        assert not_before <= due <= not_before + 4_000 < expires_at


def test_jitter_is_spread_and_repeatable():
    """Due times fill the minute evenly, and come out the same every time."""
    customers = np.arange(6_000)
    zeros = np.zeros(6_000, np.int64)
    seed = np.full(6_000, 123)
    found = [windows(Moment(), passes(100), zeros, customers, seed).due_ms for _ in range(2)]
    assert (found[0] == found[1]).all()
    times, counts = np.unique(found[0], return_counts=True)
    assert (times - 100 * MINUTE_MS).tolist() == list(range(BUCKET_MS, SPREAD_MS + 1, BUCKET_MS))
    assert counts.min() > 850
    assert counts.max() < 1_150


def test_chunks_are_full_and_of_one_time():
    """A chunk holds at most a thousand messages, all due at one time."""
    due_ms = np.array([20_000] * 2_500 + [10_000] * 3 + [30_000])
    order, number = group_by_due(due_ms)
    assert sorted(order.tolist()) == list(range(2_504))
    assert np.bincount(number).tolist() == [3, CHUNK_SIZE, CHUNK_SIZE, 500, 1]
    assert due_ms[order].tolist() == sorted(due_ms)


def test_no_messages_no_chunks():
    """Nothing makes no chunk."""
    order, number = group_by_due(np.array([], np.int64))
    assert (len(order), len(number)) == (0, 0)


def find(known_min, site, sky=SKY, norad_id=25544):
    """Return the candidate for a pass known at some minute."""
    return nearest(
        np.array([site]), np.array([norad_id]), np.array([known_min * MINUTE_MS]), sky
    ).tolist()[0]


def test_nearest_is_within_a_quarter_of_a_revolution():
    """A pass is recognised up to a quarter of a revolution away, at its site only."""
    assert [find(minutes, 0) for minutes in (78, 100, 122, 123, 140, 178, 200)] == [
        0, 0, 0, -1, -1, 1, 1,
    ]  # fmt: skip
    assert [find(150, 1), find(150, 0), find(150, 2), find(150, -1)] == [3, -1, -1, -1]
    assert find(100, 0, norad_id=1) == -1
    assert find(100, 0, passes()) == -1


def waiting(*candidates, version=1, sky=SKY, earlier_ms=0) -> Waiting:
    """Messages planned with a version, for passes that were expected some time earlier."""
    rows = np.array(candidates, np.int64)
    customer_no = np.arange(1, len(rows) + 1)
    before = replace(
        sky, **{name: getattr(sky, name) - earlier_ms for name in ("culmination_ms", "los_ms")}
    )
    return Waiting(
        candidate=rows,
        customer_no=customer_no,
        version=np.full(len(rows), version),
        windows=windows(Moment(), before, np.maximum(rows, 0), customer_no, np.full(len(rows), 7)),
    )


def revised(waits, sky=SKY, now_min=0):
    """Return rows that are revised, vanished and unwanted under version 1."""
    revision = revise(campaign(), 1, waits, sky, np.full(len(sky), 7), now_ms=now_min * MINUTE_MS)
    return tuple(rows.tolist() for rows in (revision.revised, revision.vanished, revision.unwanted))


def test_what_is_the_same_is_not_revised():
    """A message stays as it is while its window moves by less than a second."""
    assert revised(waiting(0, 1)) == ([], [], [])
    assert revised(waiting(0, 1, earlier_ms=999)) == ([], [], [])
    assert revised(waiting(0, 1, earlier_ms=1_000)) == ([0, 1], [], [])


def test_an_edit_revises_or_leaves_out():
    """After an edit every message gets the new text, except where its pass is not wanted."""
    sky = replace(SKY, usable=np.array([True, False, True, True, True]))
    assert revised(waiting(0, 1, 2, version=2), sky) == ([0, 2], [], [1])
    assert revised(waiting(0, 1, 2), sky) == ([], [], [])


def test_a_vanished_pass_is_told_apart():
    """A message without a pass has vanished, edit or no edit, even if there is no pass at all."""
    for version in (1, 2):
        assert revised(waiting(-1, version=version)) == ([], [0], [])
        assert revised(waiting(-1, version=version), passes()) == ([], [0], [])


def test_what_is_over_is_not_revised():
    """A window that would have closed by now is left to expire."""
    assert revised(waiting(0, 1, earlier_ms=5_000), now_min=103) == ([1], [], [])
