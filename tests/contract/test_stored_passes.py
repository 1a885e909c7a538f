"""Passes in a database keep the identity they were first given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from messaging.campaigns.definition import PassRule
from messaging.passes.book import open_book, store_passes, with_stored_ids
from messaging.passes.candidates import find_candidates
from orbit.ephemeris import propagate
from orbit.horizon import HorizonMask
from orbit.identity import Site
from orbit.observers import Observer, Observers
from orbit.passes import find_passes
from orbit.publishing.rows import rows as pass_rows
from overflight.database.opening import open_database
from tle.times import from_ms

START = datetime(2026, 10, 10, tzinfo=UTC)
SITES = [
    Site(latitude_deg=52.5, longitude_deg=13.4),
    Site(latitude_deg=-33.9, longitude_deg=151.2),
]
WALL_IN_THE_WEST = HorizonMask.of([(180, 0), (181, 60), (359, 60), (0, 0)])
SPAN = {"start": START, "end": START + timedelta(days=1)}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A database whose passes each test clears away."""
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('store') / 'test.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _no_passes(database):
    with database.writing() as transaction:
        for table in ("satellite_pass", "pass_crossing"):
            transaction.execute(f"DELETE FROM {table}")


def candidates(element_set, min_elevation_deg=10.0, sites=SITES):
    """All passes of a day over some places."""
    return find_candidates(
        [element_set],
        Observers.at(*np.array([(site.latitude_deg, site.longitude_deg) for site in sites]).T),
        [site.horizon_mask for site in sites],
        PassRule(min_elevation_deg=min_elevation_deg),
        max_age_days=10,
        **SPAN,
    )


def store(database, found, min_elevation_deg=10.0, sites=SITES):
    """Store candidates; return the book they were found in, and their numbers."""
    with database.writing() as transaction:
        book = open_book(
            transaction, found, sites, norad_ids=[25544], min_elevation_deg=min_elevation_deg
        )
        pass_no = store_passes(
            transaction,
            book,
            np.arange(len(found)),
            sites,
            min_elevation_deg=min_elevation_deg,
        )
    return book, pass_no


def rows(database, sql):
    """Query."""
    with database.reading() as reader:
        return reader.rows(sql)


def later(element_set, seconds):
    """Elements that put the satellite where it was some seconds before."""
    return replace(element_set, epoch=element_set.epoch + timedelta(seconds=seconds))


def test_new_passes_get_names_and_numbers(database, iss):
    """A pass that the store does not hold is named by satellite, place and minute."""
    found = candidates(iss)
    book, pass_no = store(database, found)
    assert (book.pass_no == -1).all()
    assert not book.is_current.any()
    assert len(set(pass_no.tolist())) == len(set(book.pass_id)) == len(found) > 5
    for name, row, culmination_ms in zip(
        book.pass_id, found.site, found.culmination_ms, strict=True
    ):
        site = SITES[row]
        assert name.startswith(f"25544@{site.latitude_deg:+06.2f}{site.longitude_deg:+07.2f}@")
        assert name.endswith(f"{from_ms(int(culmination_ms)):%Y%m%dT%H%MZ}")


def test_stored_passes_are_found_again(database, iss):
    """The same prediction is recognised, and writing it again changes no row."""
    _, pass_no = store(database, candidates(iss))
    before = [rows(database, f"SELECT * FROM {t}") for t in ("satellite_pass", "pass_crossing")]
    book, again = store(database, candidates(iss))
    assert (again == pass_no).all()
    assert book.is_current.all()
    assert before == [
        rows(database, f"SELECT * FROM {t}") for t in ("satellite_pass", "pass_crossing")
    ]


def test_newer_elements_move_the_pass_and_not_its_name(database, iss):
    """A shift of half a minute changes times, and neither name nor number."""
    first, pass_no = store(database, candidates(iss))
    shifted = candidates(later(iss, 30))
    second, again = store(database, shifted)
    assert second.pass_id == first.pass_id
    assert (second.seed == first.seed).all()
    assert (again == pass_no).all()
    stored = dict(rows(database, "SELECT pass_no, culmination_ms FROM satellite_pass"))
    crossing = dict(rows(database, "SELECT pass_no, aos_ms FROM pass_crossing"))
    assert [stored[n] for n in again.tolist()] == shifted.culmination_ms.tolist()
    assert [crossing[n] for n in again.tolist()] == shifted.aos_ms.tolist()


def test_thresholds_share_the_pass(database, iss):
    """Campaigns with different horizons know a pass by one name, and each its own rise and set."""
    _, low = store(database, candidates(iss, 0.0), 0.0)
    _, high = store(database, candidates(iss, 20.0), 20.0)
    assert set(high.tolist()) < set(low.tolist())
    for element_set in (iss, later(iss, 30)):
        expected = {}
        for threshold_deg in (0.0, 20.0):
            found = candidates(element_set, threshold_deg)
            _, pass_no = store(database, found, threshold_deg)
            for number, aos_ms in zip(pass_no.tolist(), found.aos_ms.tolist(), strict=True):
                expected[number, threshold_deg] = aos_ms
        stored = rows(database, "SELECT pass_no, min_elevation_deg, aos_ms FROM pass_crossing")
        assert {(number, deg): aos_ms for number, deg, aos_ms in stored} == expected


def test_another_place_or_satellite_is_another_pass(database, iss, css):
    """What is stored of one satellite over one place lends its name to nothing else."""
    store(database, candidates(iss))
    found = candidates(css)
    with database.reading() as reader:
        book = open_book(reader, found, SITES, norad_ids=[48274], min_elevation_deg=10.0)
        elsewhere = open_book(
            reader,
            candidates(iss),
            [
                Site(latitude_deg=48.1, longitude_deg=11.6),
                Site(latitude_deg=0.0, longitude_deg=0.0),
            ],
            norad_ids=[25544],
            min_elevation_deg=10.0,
        )
    assert (book.pass_no == -1).all()
    assert (elsewhere.pass_no == -1).all()


def test_a_mask_makes_passes_of_its_own(database, iss):
    """Behind a wall a place has its own names and times; both are found again, and not mixed."""
    sites = [SITES[0], replace(SITES[0], horizon_mask=WALL_IN_THE_WEST)]
    found = candidates(iss, sites=sites)
    book, pass_no = store(database, found, sites=sites)
    assert len(set(pass_no.tolist())) == len(set(book.pass_id)) == len(found)
    masked = found.site == 1
    assert 0 < masked.sum() < (~masked).sum()
    is_marked = [name.endswith(f"~{sites[1].mask_key}") for name in book.pass_id]
    assert is_marked == masked.tolist()
    stored = dict(rows(database, "SELECT pass_no, aos_ms FROM pass_crossing"))
    assert [stored[number] for number in pass_no.tolist()] == found.aos_ms.tolist()
    again, numbers = store(database, candidates(iss, sites=sites), sites=sites)
    assert (numbers == pass_no).all()
    assert again.is_current.all()


def test_nothing_is_a_book_too(database, iss):
    """No candidates make an empty book, whatever is stored."""
    store(database, candidates(iss))
    nothing = candidates(iss).take(np.zeros(0, np.int64))
    book, pass_no = store(database, nothing)
    assert (len(book.pass_id), len(pass_no)) == (0, 0)


def test_satellites_that_never_set_have_no_times(database, iss):
    """A rise or set that does not exist is stored as nothing."""
    found = candidates(iss)
    never = replace(found, aos_ms=np.full(len(found), -1), los_ms=np.full(len(found), -1))
    store(database, never)
    sql = "SELECT DISTINCT aos_ms, aos_azimuth_deg, los_ms, los_azimuth_deg FROM pass_crossing"
    assert rows(database, sql) == [(None, None, None, None)]


def preview(element_set):
    """The same passes as a person previews them, a little way from the rounded places."""
    observers = [
        Observer(
            name="x",
            latitude_deg=site.latitude_deg + 0.02,
            longitude_deg=site.longitude_deg - 0.03,
        )
        for site in SITES
    ]
    ephemeris = propagate(element_set, SPAN["start"], SPAN["end"])
    found = find_passes(ephemeris, Observers.of(observers), min_elevation_deg=12.0)
    return list(pass_rows(found, observers, grid_deg=0.1))


def test_a_preview_shows_the_stored_id(database, iss):
    """A preview calls a pass what planning called it, even after newer elements moved it."""
    book, _ = store(database, candidates(iss))
    previews = preview(later(iss, 90))
    with database.reading() as reader:
        shown = with_stored_ids(reader, previews, grid_deg=0.1)
    assert len(shown) > 5
    assert {pass_.pass_id for pass_ in shown} <= set(book.pass_id)
    assert {pass_.pass_id for pass_ in previews}.isdisjoint(book.pass_id)
    assert [pass_.culmination for pass_ in shown] == [pass_.culmination for pass_ in previews]


def test_a_preview_is_of_the_open_horizon(database, iss):
    """The id that was given to a pass above somebody's mask is not the id of the place's pass."""
    sites = [replace(site, horizon_mask=WALL_IN_THE_WEST) for site in SITES]
    store(database, candidates(iss, sites=sites), sites=sites)
    previews = preview(iss)
    with database.reading() as reader:
        assert with_stored_ids(reader, previews, grid_deg=0.1) == previews


def test_a_preview_of_the_unplanned_keeps_its_own_id(database, iss):
    """What was never planned is shown under the id that was computed."""
    previews = preview(iss)
    with database.reading() as reader:
        assert with_stored_ids(reader, previews, grid_deg=0.1) == previews
