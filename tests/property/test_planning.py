"""Planning by shards of any size comes to the same, and windows hold whatever the pass."""

import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.campaigns.definition import Moment
from messaging.campaigns.store import load_into
from messaging.passes.candidates import NEVER_MS, Candidates
from messaging.passes.timing import BUCKET_MS, windows
from messaging.planning.planner import PlanOptions, plan_campaigns
from messaging.queue.chunks import CHUNK_SIZE, group_by_due
from messaging.steering import move
from overflight.database.sqlite import SqliteDatabase
from overflight.rehearsal.demo_data import prepare

NOW = datetime(2026, 10, 10, tzinfo=UTC)
CUSTOMERS = 60
PLANNED = """
SELECT m.customer_no, p.pass_id, m.not_before_ms, m.due_ms, m.expires_at_ms
FROM message m JOIN satellite_pass p ON p.pass_no = m.pass_no ORDER BY 1, 2
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A database of customers all over the world, some without consent, and armed campaigns."""
    home = tmp_path_factory.mktemp("home")
    database = prepare(home, customers=CUSTOMERS)
    with database.reading() as reader:
        ((definition,),) = reader.rows("SELECT definition FROM campaign_version")
    each = definition.replace('"greetings"', '"each"').replace('choose = "best"', 'choose = "each"')
    each = each.replace("limit_per_customer = 1", "limit_per_customer = 3")
    load_into(database, each, source="test", now=NOW - timedelta(hours=1))
    for verb in ("approve", "arm"):
        move(database, "each", verb, actor="Mei", now=NOW - timedelta(hours=1))
    database.close()
    return database.path


def planned_by(shard, prepared, folder):
    """Plan a copy; return all that matters of its rows."""
    path = folder / "copy.sqlite3"
    shutil.copy(prepared, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("messaging.planning.planner.SHARD", shard)
        database = SqliteDatabase(path, durable=False)
        plan_campaigns(database, PlanOptions(ahead=timedelta(hours=12)), now=NOW)
        with database.reading() as reader:
            suppressed = "SELECT campaign_no, customer_no, rule FROM suppression ORDER BY 1, 2"
            planned = reader.rows(PLANNED), reader.rows(suppressed)
        database.close()
    return planned


@pytest.fixture(scope="module")
def whole(prepared, tmp_path_factory):
    """What comes out when everybody is in one shard."""
    return planned_by(CUSTOMERS, prepared, tmp_path_factory.mktemp("whole"))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(shard=st.integers(5, CUSTOMERS - 1))
def test_shards_of_any_size_plan_the_same(shard, whole, prepared, tmp_path):
    """However the customers are divided, the same messages and suppressions come out."""
    assert planned_by(shard, prepared, tmp_path) == whole


def test_there_is_something_to_divide(whole):
    """The case above has messages and suppressions in it."""
    messages, suppressed = whole
    assert len(messages) > CUSTOMERS
    assert len({rule for _, _, rule in suppressed}) >= 2


@st.composite
def some_pass(draw):
    """A pass, whole or with an end that it does not have."""
    culmination_ms = draw(st.integers(10**12, 2 * 10**12))
    rise_ms, fall_ms = draw(st.integers(2, 10**6)), draw(st.integers(2, 10**6))
    return (
        draw(st.sampled_from([culmination_ms - rise_ms, NEVER_MS])),
        culmination_ms,
        draw(st.sampled_from([culmination_ms + fall_ms, NEVER_MS])),
    )


def candidates(times) -> Candidates:
    """Columns of passes of which only the times matter."""
    aos_ms, culmination_ms, los_ms = np.array(times, np.int64).T
    zeros, no = np.zeros(len(times)), np.zeros(len(times), bool)
    return Candidates(
        site=np.zeros(len(times), np.int64),
        norad_id=np.ones(len(times), np.int64),
        period_ms=np.full(len(times), 5_400_000),
        culmination_ms=culmination_ms,
        culmination_azimuth_deg=zeros,
        culmination_elevation_deg=zeros,
        culmination_range_km=zeros,
        aos_ms=aos_ms,
        aos_azimuth_deg=zeros,
        los_ms=los_ms,
        los_azimuth_deg=zeros,
        visible=no,
        element_epoch_ms=np.zeros(len(times), np.int64),
        usable=~no,
        stale=no,
    )


moments = st.sampled_from(["aos", "culmination"]).map(lambda at: Moment(at=at)) | st.floats(
    0.01, 720
).map(lambda minutes: Moment(at="before", minutes_before=minutes))


@given(
    times=st.lists(some_pass(), min_size=1, max_size=20),
    moment=moments,
    customer_no=st.integers(1, 2**40),
    seed=st.integers(0, 2**32 - 1),
)
def test_windows_hold(times, moment, customer_no, seed):
    """A message is due inside its window, on the grid unless the window is too short for it."""
    rows = np.arange(len(times))
    found = windows(
        moment, candidates(times), rows, np.full(len(rows), customer_no), np.full(len(rows), seed)
    )
    assert (found.not_before_ms <= found.due_ms).all()
    assert (found.due_ms < found.expires_at_ms).all()
    on_grid = found.due_ms % BUCKET_MS == 0
    short = found.expires_at_ms - found.not_before_ms < 4 * BUCKET_MS
    assert (on_grid | short).all()
    for (aos_ms, culmination_ms, los_ms), first_ms, last_ms in zip(
        times, found.not_before_ms, found.expires_at_ms, strict=True
    ):
        rises_ms = culmination_ms if aos_ms == NEVER_MS else aos_ms
        if moment.at == "before":
            assert first_ms < last_ms == rises_ms
        else:
            assert first_ms == (rises_ms if moment.at == "aos" else culmination_ms)
            assert los_ms in (last_ms, NEVER_MS)


@given(due=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 1_500)), max_size=6))
def test_chunks_hold(due):
    """Every message is in exactly one chunk, of at most a thousand, all due at one time."""
    due_ms = np.repeat([time * BUCKET_MS for time, _ in due], [count for _, count in due])
    order, number = group_by_due(due_ms.astype(np.int64))
    assert sorted(order.tolist()) == list(range(len(due_ms)))
    sizes = np.bincount(number) if len(number) else np.array([1])
    assert sizes.min() >= 1
    assert sizes.max() <= CHUNK_SIZE
    if len(number):
        starts = np.flatnonzero(np.diff(number, prepend=-1))
        same = due_ms[order][starts][number] == due_ms[order]
        assert same.all()
