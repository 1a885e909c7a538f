"""The whole public catalogue: loaded from files, checked against itself a day later, looked up."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.measuring import ELEMENTS, START, Aim, Command, Result, require, taken_by
from overflight.database.opening import open_database
from tle import ElementSet, elements_in_force, parse_elements
from tle.exporting import export_elements
from tle.motion.propagation import to_satrec

SETS = 30_000
FIRST_NUMBER = 10_000
LOOK_UPS = 200
MINUTES_PER_DAY = 1440.0
AIM_CSV_S, AIM_TLE_S, AIM_LOOK_UP_MS = 5.0, 3.0, 1.0


def run(count: int) -> Result:
    """Load that many sets, load those of the next day, and look single ones up.

    Raises:
        BenchmarkError: a set is missing, or the jump check has found fault with one.
    """
    first = list(_catalogue(count))
    following = [_a_day_later(element_set) for element_set in first]
    with tempfile.TemporaryDirectory() as folder:
        seconds = {}
        for format_, ending in (("omm-csv", "csv"), ("tle", "tle")):
            for name, sets in (("first", first), ("later", following)):
                path = Path(folder) / f"{name}.{ending}"
                path.write_text("".join(export_elements(sets, format_)), encoding="utf-8")
            seconds |= _load(Path(folder), ending, count)
        look_up_ms = _look_up_ms(Path(folder) / "csv" / "overflight" / "overflight.sqlite3", count)
    is_full = count == SETS
    aims = [
        Aim(of="from CSV", figure=seconds["csv, new"], limit=AIM_CSV_S, unit=" s", at_least=False),
        Aim(of="from TLE", figure=seconds["tle, new"], limit=AIM_TLE_S, unit=" s", at_least=False),
        Aim(of="look-up", figure=look_up_ms, limit=AIM_LOOK_UP_MS, unit=" ms", at_least=False),
    ]
    return Result(
        title=f"{count:,} element sets loaded, and one looked up",
        aims=aims if is_full else aims[2:],
        columns={"s": ".2f"},
        rows={name: (s,) for name, s in seconds.items()},
        notes=f"""\
- Whole processes of the installed command, start included, on a home without element sets:
  checksums, columns and ranges verified, one transaction, on the disk when it returns.
- "A day later" loads newer sets of all satellites, each compared with the one in force by SGP4;
  none was flagged. "Again" loads the same file once more, and changes nothing.
- The look-up of the set in force of one satellite among {2 * count:,} stored: median of {LOOK_UPS}.
""",
    )


def _catalogue(count: int) -> Iterator[ElementSet]:
    """Yield variants of two real sets, under numbers of their own."""
    chance = np.random.default_rng(2026)
    real = [found.element_set for found in parse_elements(ELEMENTS.read_bytes()).sets]
    for row, (raan_deg, anomaly_deg) in enumerate(chance.uniform(0.0, 360.0, (count, 2)).tolist()):
        yield replace(
            real[row % len(real)],
            norad_id=FIRST_NUMBER + row,
            name=f"OBJECT {row}",
            epoch=START,
            raan_deg=round(raan_deg, 4),
            mean_anomaly_deg=round(anomaly_deg, 4),
        )


def _a_day_later(element_set: ElementSet) -> ElementSet:
    """Return what a provider would publish then: SGP4's mean elements."""
    satrec = to_satrec(element_set)
    satrec.sgp4_tsince(0.0)
    first_motion = satrec.nm
    satrec.sgp4_tsince(MINUTES_PER_DAY)
    return replace(
        element_set,
        epoch=element_set.epoch + timedelta(days=1),
        mean_motion_rev_per_day=element_set.mean_motion_rev_per_day * satrec.nm / first_motion,
        raan_deg=float(np.degrees(satrec.Om)) % 360.0,
        argument_of_perigee_deg=float(np.degrees(satrec.om)) % 360.0,
        mean_anomaly_deg=float(np.degrees(satrec.mm)) % 360.0,
    )


def _load(folder: Path, ending: str, count: int) -> dict[str, float]:
    """Return the wall time (s) of each load into a home of its own."""
    home = folder / ending
    home.mkdir()
    command, seconds = Command(home=home), {}
    command.run("status")  # which makes the tables
    for name, file in (("new", "first"), ("a day later", "later"), ("again", "later")):
        path = folder / f"{file}.{ending}"
        began_s = perf_counter()
        said = command.run("tle", "load", path)
        seconds[f"{ending}, {name}"] = perf_counter() - began_s
        word = "unchanged" if name == "again" else "in force now"
        expected = f"{count:,} sets: {count:,} {word}"
        require(expected in said, f"expected {expected!r} of {path.name}, got {said!r}")
    return seconds


def _look_up_ms(path: Path, count: int) -> float:
    """Return the median time (ms) to find the set in force of one satellite."""
    chance = np.random.default_rng(7)
    taken_s = []
    with closing(open_database(f"sqlite:///{path}")) as database, database.reading() as reader:
        for norad_id in (FIRST_NUMBER + chance.integers(count, size=LOOK_UPS)).tolist():
            look_up = partial(elements_in_force, reader, [norad_id], now=START)
            taken_s.append(taken_by(look_up).wall_s)
    return 1000.0 * median(taken_s)
