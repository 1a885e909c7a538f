"""Histories of element sets: simulated ones, whose truth is known, and a real one.

What is simulated: drag that wanders, storms, reboosts, errors of the fit. It was tuned until the
station's drifts were those measured on real histories of the ISS, by age, with and without reboosts
between, and the drifts at 800 km those of quiet satellites (docs/uncertainty.md).

The truth is SGP4 itself, begun anew every tenth of a day with the drag of that time; what is
published is the truth at some epochs, with the errors of a fit to the days before.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tle import ElementSet
from tle.motion.propagation import to_satrec

STEP_DAYS = 0.1
FIT_DAYS = 3.0  # what a fit looks back on
J2 = 1.082616e-3
EARTH_RADII_PER_MINUTE = 0.0743669161  # sqrt(mu) in WGS72
COLUMNS = (
    "bstar_per_earth_radius",
    "inclination_deg",
    "raan_deg",
    "eccentricity",
    "argument_of_perigee_deg",
    "mean_anomaly_deg",
    "mean_motion_rev_per_day",
)
REV_PER_DAY = 1440.0 / (2.0 * np.pi)  # in one radian a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An orbit, what disturbs it, and how well it is observed.

    ``density_deviation`` is that of the logarithm, which forgets itself in ``memory_days``.
    """

    first: ElementSet
    density_deviation: float = 0.32
    memory_days: float = 4.0
    storm_every_days: float = 25.0
    phase_error_s: float = 0.04
    motion_error_rev_per_day: float = 2e-5
    drag_error: float = 0.1
    reboost_every_days: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Published sets by epoch, the truth at each, and the days of reboosts after the first."""

    element_sets: list[ElementSet]
    truths: list[ElementSet]
    reboost_days: list[float]

    def is_quiet(self, older: ElementSet, newer: ElementSet) -> bool:
        """Tell whether there was no reboost from one epoch to the other."""
        first = self.element_sets[0]
        start, end = older.age_days(first.epoch), newer.age_days(first.epoch)
        return not any(-start < day <= -end for day in self.reboost_days)


Simulate = Callable[..., History]


@pytest.fixture(scope="session")
def simulate() -> Simulate:
    """Return what publishes the history of a world for some days."""
    return _simulate


@pytest.fixture(scope="session")
def iss_2001(iss: ElementSet) -> list[ElementSet]:
    """Eighteen days of real sets, while drag was ten times what it is in the station's world."""
    element_sets = []
    for line in (Path(__file__).parent / "iss_2001.txt").read_text().splitlines():
        if not line.startswith("#"):
            day, *values = map(float, line.split())
            epoch = datetime(1999, 12, 31, tzinfo=UTC) + timedelta(days=day)
            element_sets.append(
                replace(iss, epoch=epoch, **dict(zip(COLUMNS, values, strict=True)))
            )
    return element_sets


@pytest.fixture(scope="session")
def worlds(iss: ElementSet) -> dict[str, World]:
    """A station with reboosts every five weeks, and two satellites that are left alone."""
    middle = replace(
        iss,
        norad_id=90_550,
        name="MIDDLE",
        mean_motion_rev_per_day=15.055,
        inclination_deg=97.6,
        eccentricity=0.0012,
        bstar_per_earth_radius=3.0e-4,
    )
    high = replace(
        iss,
        norad_id=90_800,
        name="HIGH",
        mean_motion_rev_per_day=14.195,
        inclination_deg=98.7,
        eccentricity=0.0001,
        bstar_per_earth_radius=2.2e-4,
    )
    return {
        "station": World(first=iss, reboost_every_days=35.0),
        "550 km": World(first=middle, motion_error_rev_per_day=5e-6),
        "800 km": World(
            first=high, phase_error_s=0.04, motion_error_rev_per_day=1e-6, drag_error=0.25
        ),
    }


def _simulate(world: World, *, seed: int, days: float) -> History:
    rng = np.random.default_rng(seed)
    steps = int(days / STEP_DAYS)
    bstar = world.first.bstar_per_earth_radius * _density(world, rng, steps)
    reboosts = _reboost_steps(world, rng, steps)
    truth = [replace(world.first, bstar_per_earth_radius=float(bstar[0]))]
    for step in range(1, steps):
        raised = float(rng.uniform(0.003, 0.015)) if step in reboosts else 0.0
        truth.append(_moved_on(truth[-1], drag=float(bstar[step]), raised_rev_per_day=raised))
    published, truths, day = [], [], 0.0
    while (step := int(day / STEP_DAYS)) < steps:
        first_fit = max(0, step - int(FIT_DAYS / STEP_DAYS))
        published.append(
            _fitted(world, truth[step], float(bstar[first_fit : step + 1].mean()), rng)
        )
        truths.append(truth[step])
        day += float(rng.uniform(0.3, 1.5))
    return History(
        element_sets=published,
        truths=truths,
        reboost_days=[step * STEP_DAYS for step in sorted(reboosts)],
    )


def _density(world: World, rng: np.random.Generator, steps: int) -> np.ndarray:
    """Return the density over its mean: it wanders, follows the sun's turns, and has storms."""
    keep = np.exp(-STEP_DAYS / world.memory_days)
    spread = world.density_deviation
    kicks = rng.normal(0.0, spread * np.sqrt(1.0 - keep**2), steps)
    wander, level = np.empty(steps), rng.normal(0.0, spread)
    for step in range(steps):
        wander[step] = level = keep * level + kicks[step]
    days = np.arange(steps) * STEP_DAYS
    wander += 0.6 * spread * np.sin(2.0 * np.pi * (days / 27.0 + rng.uniform()))
    for start in np.flatnonzero(rng.random(steps) < STEP_DAYS / world.storm_every_days):
        strength = rng.exponential(2.0 * spread)
        wander[start:] += strength * np.exp(-(days[start:] - days[start]) / 0.8)
    return np.exp(wander)


def _reboost_steps(world: World, rng: np.random.Generator, steps: int) -> set[int]:
    if world.reboost_every_days is None:
        return set()
    count = max(1, round(steps * STEP_DAYS / world.reboost_every_days))
    spacing = steps / count
    return {int((k + rng.uniform(0.2, 0.8)) * spacing) for k in range(count)}


def _moved_on(truth: ElementSet, *, drag: float, raised_rev_per_day: float) -> ElementSet:
    """Return the mean orbit a step later, as a set of its own."""
    satrec = to_satrec(truth)
    error, _, _ = satrec.sgp4_tsince(STEP_DAYS * 1440.0)
    assert error == 0
    return replace(
        truth,
        epoch=truth.epoch + timedelta(days=STEP_DAYS),
        mean_motion_rev_per_day=_kozai(satrec.nm, satrec.em, satrec.im) * REV_PER_DAY
        - raised_rev_per_day,
        eccentricity=max(satrec.em, 1e-6),
        inclination_deg=np.degrees(satrec.im),
        raan_deg=np.degrees(satrec.Om) % 360.0,
        argument_of_perigee_deg=np.degrees(satrec.om) % 360.0,
        mean_anomaly_deg=np.degrees(satrec.mm) % 360.0,
        bstar_per_earth_radius=drag,
    )


def _kozai(brouwer: float, eccentricity: float, inclination_rad: float) -> float:
    """Return Kozai's mean motion, which sets carry, of Brouwer's, which SGP4 computes with."""
    shape = 0.75 * J2 * (3.0 * np.cos(inclination_rad) ** 2 - 1.0) / (1.0 - eccentricity**2) ** 1.5
    kozai = brouwer
    for _ in range(6):
        axis = (EARTH_RADII_PER_MINUTE / kozai) ** (2.0 / 3.0)
        first = shape / axis**2
        axis *= 1.0 - first * (1.0 / 3.0 + first * (1.0 + 134.0 / 81.0 * first))
        kozai = brouwer * (1.0 + shape / axis**2)
    return float(kozai)


def _fitted(world: World, truth: ElementSet, drag: float, rng: np.random.Generator) -> ElementSet:
    """Return what would be published of the truth."""
    late_deg = 360.0 * rng.normal(0.0, world.phase_error_s) / truth.period_s
    off_rev_per_day = rng.normal(0.0, world.motion_error_rev_per_day)
    return replace(
        truth,
        mean_anomaly_deg=(truth.mean_anomaly_deg - late_deg) % 360.0,
        mean_motion_rev_per_day=truth.mean_motion_rev_per_day + off_rev_per_day,
        bstar_per_earth_radius=drag * (1.0 + rng.normal(0.0, world.drag_error)),
    )
