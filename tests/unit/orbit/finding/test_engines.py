import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orbit.ephemeris import propagate
from orbit.errors import OrbitError
from orbit.finding import near_circular
from orbit.finding.engines import WORTH_COMPILING_DAYS, choose_engine, map_in_order
from orbit.observers import Observers
from orbit.passes import find_passes, stream_passes

START = datetime(2026, 10, 10, tzinfo=UTC)
DAY = timedelta(days=1)
COLUMNS = ("aos_s", "culmination_s", "los_s", "max_elevation_deg", "always_up")
THREADS = [1, 2, 3]
SOON_S = 20.0  # what would hang takes so long to fail


# --- which engine -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("observers", "days", "engine"),
    [
        (1, 7.0, "numpy"),
        (0, 365.0, "numpy"),
        (1000, WORTH_COMPILING_DAYS / 1000 - 0.001, "numpy"),
        (1000, WORTH_COMPILING_DAYS / 1000, "numba"),
        (10_000_000, 0.01, "numpy"),
        (1_000_000, 7.0, "numba"),
    ],
)
def test_size_chooses(observers, days, engine):
    """Observers times days decide whether loading compiled code pays."""
    assert choose_engine(observers, days) == engine


@pytest.fixture
def no_numba(monkeypatch):
    """Make numba fail as it does where it is missing, or where it does not suit numpy."""
    monkeypatch.setitem(sys.modules, "orbit.finding.compiled", None)


@pytest.mark.parametrize("observers", [1, 1_000_000_000])
def test_without_numba(no_numba, observers):
    """Where numba cannot be loaded numpy runs it all."""
    assert choose_engine(observers, 7.0) == "numpy"


def test_numba_that_is_missed(no_numba, iss):
    """Asked for by name, an engine that cannot be loaded is an error that says what to install."""
    with pytest.raises(OrbitError, match=r"pip install 'overflight\[fast\]'"):
        find_passes(propagate(iss, START, START + DAY), Observers.at(0.0, 0.0), engine="numba")


def test_unknown_engine(iss):
    """An engine that does not exist is refused, with those that do."""
    with pytest.raises(OrbitError, match="'Numba'; expected 'numpy' or 'numba'"):
        find_passes(propagate(iss, START, START + DAY), Observers.at(0.0, 0.0), engine="Numba")


@pytest.mark.parametrize("find", [find_passes, stream_passes])
def test_no_threads(iss, find):
    """Fewer than one thread is refused at once, also where passes are streamed."""
    with pytest.raises(OrbitError, match="threads is 0; expected 1 or more"):
        find(propagate(iss, START, START + DAY), Observers.at(0.0, 0.0), threads=0)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_the_chosen_engine_runs(monkeypatch, iss, engine):
    """A search without an engine takes what the size of its work chooses; a named one is taken."""
    from orbit.finding import compiled

    sizes, ran = [], []

    def choose(observers, days):
        sizes.append((observers, days))
        return engine

    def note(name, solve):
        return lambda *block: ran.append(name) or solve(*block)

    monkeypatch.setattr("orbit.passes.choose_engine", choose)
    for name, module in (("numpy", near_circular), ("numba", compiled)):
        monkeypatch.setattr(module, "solve", note(name, module.solve))
    ephemeris, observers = propagate(iss, START, START + DAY / 2), Observers.at([52.5, 0.0], 13.4)
    find_passes(ephemeris, observers)
    assert sizes == [(2, 0.5)]
    assert set(ran) == {engine}
    find_passes(ephemeris, observers, engine="numpy")
    assert len(sizes) == 1
    assert ran[-1] == "numpy"


# --- threads ------------------------------------------------------------------------------------


@pytest.fixture
def within_time():
    """Run something in a thread of its own, and fail if it does not come back soon."""

    def run(work):
        caught = []

        def guarded():
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised again below
                caught.append(error)

        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        thread.join(SOON_S)
        assert not thread.is_alive(), "it hangs"
        if caught:
            raise caught[0]

    return run


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("items", [0, 1, 2, 50])
def test_order_is_kept(threads, items):
    """Results come in the order of the items, also if later items are done first."""
    done = [threading.Event() for _ in range(items + 1)]
    done[-1].set()

    def work(item):
        if threads > 1 and item % 2 == 0:
            assert done[item + 1].wait(SOON_S)  # for the odd one behind it
        done[item].set()
        return item * item

    assert list(map_in_order(work, range(items), threads=threads)) == [
        item * item for item in range(items)
    ]


@pytest.mark.parametrize("threads", THREADS)
def test_not_far_ahead(threads):
    """However slow the reader, only a few items a thread are taken and worked on ahead of him."""
    taken, started = [], []
    items = (taken.append(item) or item for item in range(60))
    results = map_in_order(lambda item: started.append(item) or item, items, threads=threads)
    assert not taken
    for read, result in enumerate(results, start=1):
        assert result == read - 1
        assert len(started) <= len(taken) <= read + 2 * threads
    assert len(taken) == len(started) == 60


def test_threads_work_at_once(within_time):
    """Two threads work on two items at the same time, and no more than two do."""
    meeting = threading.Barrier(2, timeout=SOON_S)
    lock, at_once, most = threading.Lock(), [0], [0]

    def work(item):
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        meeting.wait()
        with lock:
            at_once[0] -= 1
        return threading.get_ident()

    found = []
    within_time(lambda: found.extend(map_in_order(work, range(20), threads=2)))
    assert len(set(found)) == 2
    assert most[0] <= 2


@pytest.mark.parametrize("threads", THREADS)
def test_errors_come_through(threads, within_time):
    """What fails raises its error to the reader, after the results before it and none behind it."""
    read = []

    def work(item):
        if item == 7:
            raise ValueError("seven")
        return item

    def run():
        read.extend(map_in_order(work, range(100_000), threads=threads))

    with pytest.raises(ValueError, match="seven"):
        within_time(run)
    # list.extend keeps what came before the error.
    assert read == list(range(7))


@pytest.mark.parametrize("threads", THREADS)
def test_errors_of_the_items_come_through(threads, within_time):
    """An error while the work is cut reaches the reader too."""

    def items():
        yield from range(30)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        within_time(lambda: list(map_in_order(str, items(), threads=threads)))


@pytest.mark.parametrize("threads", THREADS)
def test_closing_early(threads, within_time):
    """A reader who leaves waits for what was begun, not for what is left; no thread stays."""
    started = []

    def run():
        results = map_in_order(started.append, range(100_000), threads=threads)
        for _ in range(3):
            next(results)
        results.close()

    before = threading.active_count()
    within_time(run)
    assert 3 <= len(started) <= 3 + 2 * threads
    assert threading.active_count() <= before


# --- what threads, blocks and company leave as it is --------------------------------------------


@pytest.fixture(scope="module")
def ephemeris(iss):
    """A day of a sun-synchronous orbit: it comes over the poles at every revolution."""
    element_set = replace(iss, inclination_deg=97.5, mean_motion_rev_per_day=15.2)
    return propagate(element_set, START, START + DAY)


@pytest.fixture(params=["numpy", "numba"])
def engine(request):
    """What searches."""
    return request.param


def _everywhere(number):
    random = np.random.default_rng(8)
    sine, longitude_deg, height_m = random.uniform(-1, 1, (3, number)) * [[1], [180], [4000]]
    return Observers.at(np.degrees(np.arcsin(sine)), longitude_deg, height_m)


def _rows(passes, observer):
    """Return the numbers of one observer's passes."""
    of = np.flatnonzero(passes.observer == observer)
    return [getattr(passes, column)[of].tolist() for column in COLUMNS]


def _same(one, other):
    assert one.observer.tolist() == other.observer.tolist()
    for column in COLUMNS:
        assert getattr(one, column).tolist() == getattr(other, column).tolist(), column


def test_threads_and_blocks_change_nothing(monkeypatch, ephemeris, engine):
    """However the work is cut, and on however many threads it is done, each bit is the same."""
    observers = _everywhere(500)
    threshold_deg = np.random.default_rng(9).uniform(-5, 60, len(observers))
    whole = find_passes(ephemeris, observers, min_elevation_deg=threshold_deg, engine=engine)
    assert len(whole) > 1000
    for name, most in {"SCAN_POINTS": 5000, "BLOCK_PASSES": 200, "CANDIDATES": 50}.items():
        with monkeypatch.context() as patch:
            patch.setattr(near_circular, name, most)
            for threads in (1, 2):
                asked = {"min_elevation_deg": threshold_deg, "engine": engine, "threads": threads}
                _same(find_passes(ephemeris, observers, **asked), whole)


def test_more_members_than_two_bytes_can_number(monkeypatch, ephemeris, engine):
    """A block of more members than usual has the same passes in the same order."""
    observers = Observers.at(np.linspace(52.1, 53.9, 70_000), 13.4)
    in_usual_blocks = find_passes(ephemeris, observers, engine=engine)
    monkeypatch.setattr(near_circular, "BLOCK_MEMBERS", len(observers))
    monkeypatch.setattr(near_circular, "BLOCK_PASSES", 10 * len(in_usual_blocks))
    [block] = stream_passes(ephemeris, observers, engine=engine)
    for column in ("observer", *COLUMNS):
        assert np.array_equal(getattr(block, column), getattr(in_usual_blocks, column)), column


def test_blocks_stay_small(monkeypatch, ephemeris, engine):
    """A block has as many observers as fit its passes; each one's are together and in order."""
    monkeypatch.setattr(near_circular, "BLOCK_PASSES", 200)
    observers = _everywhere(500)
    blocks = list(stream_passes(ephemeris, observers, engine=engine))
    assert len(blocks) >= 10
    assert max(map(len, blocks)) <= 400
    for block in blocks:
        same = np.diff(block.observer) == 0
        assert (np.diff(block.culmination_s)[same] > 0).all()
        assert (~same).sum() == max(len(set(block.observer.tolist())) - 1, 0)
    assert sum(map(len, blocks)) == len(find_passes(ephemeris, observers, engine=engine))


@pytest.mark.parametrize("threads", [1, 2])
def test_nobody(ephemeris, engine, threads):
    """Over no observers there are no passes, in columns of the usual kinds."""
    passes = find_passes(ephemeris, Observers.of([]), engine=engine, threads=threads)
    some = find_passes(ephemeris, Observers.at(52.5, 13.4), engine=engine)
    assert len(passes) == 0
    for column in ("observer", *COLUMNS):
        assert getattr(passes, column).dtype == getattr(some, column).dtype, column
    assert sum(map(len, stream_passes(ephemeris, Observers.of([]), engine=engine))) == 0


@pytest.mark.parametrize(
    "places",
    [
        [(52.5, 13.4)],
        [(52.5, 13.4), (52.6, 13.5), (53.9, 13.4)],
        [(90.0, 0.0), (89.9, 50.0), (-90.0, 77.0)],
        [(0.0, 180.0), (0.0, -180.0), (-0.0, 0.0)],
        np.random.default_rng(5).uniform((52.1, 12.5), (53.9, 14.5), (70, 2)),
    ],
    ids=["one", "three of one cell", "poles", "date line", "more than the lanes"],
)
def test_few_observers(ephemeris, engine, places):
    """One, some of one cell, and some at the ends of the grid each get what they get alone."""
    observers = Observers.at(*np.array(places).T)
    passes = find_passes(ephemeris, observers, engine=engine)
    for observer in range(len(places)):
        one = observers.take(np.array([observer]))
        alone = find_passes(ephemeris, one, engine=engine)
        assert len(alone) >= 2
        assert _rows(passes, observer) == _rows(alone, 0)


def test_the_poles_see_every_revolution(ephemeris, engine):
    """A pole has a pass each revolution of a polar orbit, the same for each of its longitudes."""
    longitude_deg = [-180.0, -77.0, 0.0, 13.4, 180.0]
    for latitude_deg in (90.0, -90.0):
        passes = find_passes(ephemeris, Observers.at(latitude_deg, longitude_deg), engine=engine)
        revolutions = DAY.total_seconds() / ephemeris.element_set.period_s
        number = np.bincount(passes.observer)
        assert (np.abs(number - revolutions) <= 1).all()
        culmination_s = passes.culmination_s.reshape(len(longitude_deg), -1)
        assert culmination_s == pytest.approx(np.tile(culmination_s[0], (5, 1)), abs=1e-6)


def test_thresholds_in_one_call(ephemeris, engine):
    """Thresholds far apart take tracks of their own, and each observer gets the bits of one alone.

    The observers of each place share a cell, and the lanes of the processor.
    """
    thresholds_deg = np.array([-5.0, 0.0, 10.0, 89.0])
    places = np.repeat([(52.5, 13.4), (-33.9, 18.4), (90.0, 0.0), (0.0, 180.0)], 12, axis=0)
    places[:, 0] -= np.tile(np.linspace(0.0, 0.4, 12), 4)
    observers = Observers.at(*places.T)
    asked_deg = np.tile(thresholds_deg, 12)
    passes = find_passes(ephemeris, observers, min_elevation_deg=asked_deg, engine=engine)
    for threshold_deg in thresholds_deg:
        of = np.flatnonzero(asked_deg == threshold_deg)
        uniform = find_passes(ephemeris, observers, min_elevation_deg=threshold_deg, engine=engine)
        for observer in of.tolist():
            one = observers.take(np.array([observer]))
            alone = find_passes(ephemeris, one, min_elevation_deg=threshold_deg, engine=engine)
            assert _rows(passes, observer) == _rows(alone, 0) == _rows(uniform, observer)
    per_threshold = [
        np.isin(passes.observer, np.flatnonzero(asked_deg == t)).sum() for t in thresholds_deg
    ]
    assert sorted(per_threshold, reverse=True) == per_threshold
    assert per_threshold[2] > 0
