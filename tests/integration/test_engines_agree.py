"""The compiled search and the plain one are one search."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orbit.ephemeris import propagate
from orbit.observers import Observers
from orbit.passes import find_passes, stream_passes

START = datetime(2026, 10, 10, tzinfo=UTC)
EVENTS = ("aos_s", "culmination_s", "los_s")
AGREE_S = 1e-5

ORBITS = {
    "51.6 deg": {},
    "97.5 deg": {"inclination_deg": 97.5, "mean_motion_rev_per_day": 15.2},
    "128 minutes": {"inclination_deg": 66.0, "mean_motion_rev_per_day": 11.26},
    "eccentricity 0.015": {
        "inclination_deg": 120.0,
        "mean_motion_rev_per_day": 13.0,
        "eccentricity": 0.015,
    },
    "87 minutes, sinking": {"mean_motion_rev_per_day": 16.5, "bstar_per_earth_radius": 1e-5},
}


def _everywhere(count):
    """Return places spread over the Earth, the poles and the date line among them."""
    random = np.random.default_rng(20261010)
    sine, longitude_deg, height_m = random.uniform(-1, 1, (3, count)) * [[1], [180], [4000]]
    latitude_deg = np.degrees(np.arcsin(sine))
    latitude_deg[:4], longitude_deg[4:8] = (90.0, -90.0, 89.999, -89.999), (180, -180, 180, -180)
    return Observers.at(latitude_deg, longitude_deg, height_m)


@pytest.fixture(scope="module", params=ORBITS.values(), ids=ORBITS)
def ephemeris(request, iss):
    """Two days of a low orbit."""
    return propagate(replace(iss, **request.param), START, START + timedelta(days=2))


@pytest.mark.parametrize("threshold_deg", [-5.0, 0.0, 10.0, 45.0, 80.0, "mixed"])
def test_engines_agree(ephemeris, threshold_deg):
    """Over thousands of places both find the same passes, each event within ten microseconds."""
    observers = _everywhere(4000)
    if threshold_deg == "mixed":
        threshold_deg = np.random.default_rng(5).uniform(-5.0, 89.0, len(observers))
    plain, compiled = (
        find_passes(ephemeris, observers, min_elevation_deg=threshold_deg, engine=engine)
        for engine in ("numpy", "numba")
    )
    assert len(plain) > 0
    assert compiled.observer.tolist() == plain.observer.tolist()
    for event in EVENTS:
        off_s = np.abs(getattr(compiled, event) - getattr(plain, event))
        assert off_s.max() <= AGREE_S, event
    assert compiled.max_elevation_deg == pytest.approx(plain.max_elevation_deg, abs=1e-4)
    assert not (compiled.always_up | plain.always_up).any()


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_threads_change_nothing(ephemeris, engine):
    """Two threads find what one finds, to the last bit, and in the same order."""
    observers = _everywhere(4000)
    one, two = (
        find_passes(ephemeris, observers, engine=engine, threads=threads) for threads in (1, 2)
    )
    assert two.observer.tolist() == one.observer.tolist()
    for event in EVENTS:
        assert getattr(two, event).tolist() == getattr(one, event).tolist()


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_the_stream_is_the_whole(ephemeris, engine):
    """The blocks of the stream hold the passes of all, each observer's together and in order."""
    observers = _everywhere(4000)
    whole = find_passes(ephemeris, observers, engine=engine)
    blocks = list(stream_passes(ephemeris, observers, engine=engine))
    for block in blocks:
        same = np.diff(block.observer) == 0
        assert (~same).sum() == max(len(set(block.observer.tolist())) - 1, 0)
        assert (np.diff(block.culmination_s)[same] > 0).all()
    seen = [set(block.observer.tolist()) for block in blocks]
    assert sum(map(len, seen)) == len(set().union(*seen))
    for event in ("observer", *EVENTS):
        streamed = np.concatenate([getattr(block, event) for block in blocks])
        assert sorted(streamed.tolist()) == sorted(getattr(whole, event).tolist())
