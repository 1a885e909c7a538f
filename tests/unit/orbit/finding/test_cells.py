import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orbit.finding import cells as grid
from orbit.finding.cells import CELL_DEG, Cells, order_of
from orbit.observers import Observers

MOST = 100
SOME = settings(max_examples=100, deadline=None)
CORNERS = [
    (latitude_deg, longitude_deg)
    for latitude_deg in (-90.0, -89.999, -88.0, -0.0, 0.0, 2.0, 88.0, 90.0)
    for longitude_deg in (-180.0, -179.999, -90.0, 0.0, 120.0, np.nextafter(180.0, 0), 180.0)
]
_places = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=30)


def _observers(places):
    return Observers.at(*np.array(places, float).reshape(-1, 2).T)


def _cells(places):
    observers = _observers(places)
    return Cells.of(observers, np.arange(len(observers)), most=MOST)


def _cell_of(cells):
    """Return the cell of each observer, by row."""
    number = np.repeat(np.arange(len(cells)), np.diff(cells.first))
    return number[np.argsort(cells.order)]


def _spread(count):
    random = np.random.default_rng(20261010)
    sine, longitude_deg = random.uniform(-1, 1, (2, count))
    return np.column_stack([np.degrees(np.arcsin(sine)), 180.0 * longitude_deg])


@SOME
@example(places=CORNERS)
@given(places=_places)
def test_each_observer_has_one_cell(places):
    """Every observer stands in exactly one cell, not farther from its middle than its radius."""
    cells = _cells(places)
    assert sorted(cells.order.tolist()) == list(range(len(places)))
    assert cells.first[0] == 0
    assert cells.first[-1] == len(places)
    assert (np.diff(cells.first) >= 1).all()
    members = np.diff(cells.first)
    up = _observers(places).up_itrs[cells.order]
    centre = np.repeat(cells.centre, members, axis=0)
    away_rad = 2.0 * np.arcsin(np.linalg.norm(up - centre, axis=1) / 2.0)
    assert (away_rad <= np.repeat(cells.radius_rad, members) + 1e-12).all()


def test_cells_are_small_everywhere():
    """No cell is wider than its height would have it: what is shared in it stays shared by few."""
    cells = _cells(_spread(50_000))
    assert np.linalg.norm(cells.centre, axis=1) == pytest.approx(1.0, abs=1e-12)
    assert cells.radius_rad.max() <= np.radians(CELL_DEG)
    area_sr = 4 * np.pi / len(np.unique(cells.centre, axis=0))
    assert area_sr >= 0.9 * np.radians(CELL_DEG) ** 2


@SOME
@example(places=CORNERS, more=CORNERS[::-1])
@given(places=_places, more=_places)
def test_company(places, more):
    """The cell of an observer is the same whoever else is sorted."""
    alone, together = _cells(places), _cells(more + places)
    mine = _cell_of(together)[len(more) :]
    assert (together.centre[mine] == alone.centre[_cell_of(alone)]).all()
    assert (together.radius_rad[mine] == alone.radius_rad[_cell_of(alone)]).all()


@settings(max_examples=50, deadline=None)
@given(latitude_deg=st.floats(-90, 90))
def test_the_date_line_is_one(latitude_deg):
    """180 degrees west is 180 degrees east."""
    cells = _cells([(latitude_deg, -180.0), (latitude_deg, 180.0)])
    assert len(cells) == 1
    assert (cells.centre == _cells([(latitude_deg, 180.0)]).centre).all()


def test_neighbours_share_a_cell():
    """Observers of one town stand in one cell, in the order of their rows."""
    cells = _cells([(52.5, 13.4), (-33.9, 18.4), (52.6, 13.5), (-33.8, 18.5), (52.4, 13.3)])
    assert cells.order.tolist() == [1, 3, 0, 2, 4]
    assert cells.first.tolist() == [0, 2, 5]


@pytest.mark.parametrize(
    ("crowd", "parts"),
    [
        (MOST, [MOST]),
        (MOST + 1, [MOST, 1]),
        (3 * MOST, [MOST] * 3),
    ],
)
def test_crowds_are_cut(crowd, parts):
    """A crowded cell is cut into parts of at most so many, which keep its middle and its radius."""
    cells = _cells([(-33.9, 18.4)] + [(52.5, 13.4)] * crowd + [(70.0, 20.0)])
    assert np.diff(cells.first).tolist() == [1, *parts, 1]
    assert cells.order.tolist() == list(range(crowd + 2))
    assert (cells.centre[1:-1] == cells.centre[1]).all()
    assert (cells.radius_rad[1:-1] == cells.radius_rad[1]).all()
    assert (cells.centre[0] != cells.centre[1]).any()


def test_some_of_the_observers():
    """Only the chosen rows are sorted, and they keep their numbers."""
    observers = _observers([(52.5, 13.4), (-33.9, 18.4), (52.6, 13.5), (0.1, 0.1)])
    cells = Cells.of(observers, np.array([3, 2, 1]), most=MOST)
    assert cells.order.tolist() == [1, 3, 2]
    assert cells.first.tolist() == [0, 1, 2, 3]


def test_nobody():
    """Without observers there are no cells."""
    cells = _cells([])
    assert len(cells) == 0
    assert cells.first.tolist() == [0]
    assert cells.centre.shape == (0, 3)


@pytest.mark.parametrize("below", [1, 2**8, 2**8 + 1, 2**16, 2**16 + 1])
def test_order_of_numbers(below):
    """Numbers come in their order, equal ones in that of their rows, however many there may be."""
    number = np.array([below - 1, 0, below // 2, below - 1, 0])
    assert order_of(number, below=below).tolist() == np.argsort(number, kind="stable").tolist()


def test_more_cells_than_two_bytes_can_number(monkeypatch):
    """Finer cells are as far apart and as full as coarse ones."""
    monkeypatch.setattr(grid, "CELL_DEG", 0.5)
    monkeypatch.setattr(grid, "_grid", grid._grid.__wrapped__)
    assert len(grid._grid().radius_rad) > 2**16
    places = _spread(5_000)
    cells = _cells(places)
    up = _observers(places).up_itrs[cells.order]
    centre = np.repeat(cells.centre, np.diff(cells.first), axis=0)
    assert np.arccos(np.einsum("nc,nc->n", up, centre)).max() <= np.radians(0.5)
    assert len(np.unique(cells.centre, axis=0)) == len(cells) > 4_000
