"""``overflight passes Berlin`` as a cold process, against ten lines of Skyfield."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median

from benchmarks.measuring import (
    ELEMENTS,
    ROOT,
    START,
    Aim,
    Command,
    Result,
    require,
    run_process,
    taken_by,
)

DAYS = 7
SCRIPT = ROOT / "benchmarks" / "skyfield_script.py"
PASSES = ("passes", "Berlin", "--start", f"{START:%Y-%m-%d}", "--days", DAYS)
FROM_FILE = (*PASSES, "--elements", ELEMENTS)
SAME_S = 0.5  # Skyfield's find_events is up to 0.33 s off its own dense scan

Event = tuple[int, str, datetime]
"""Satellite, aos or culmination or los, when."""


def run(pairs: int) -> Result:
    """Start each program that many times in turn and compare their wall times.

    Raises:
        BenchmarkError: the two do not print the same passes.
    """
    with tempfile.TemporaryDirectory() as folder:
        fresh, stored = (Command(home=Path(folder) / name) for name in ("fresh", "stored"))
        for command in (fresh, stored):
            command.home.mkdir()
        stored.run("tle", "load", ELEMENTS)
        skyfield = partial(run_process, sys.executable, SCRIPT, ELEMENTS, home=fresh.home)
        count = _require_same(fresh, skyfield)
        ours: dict[str, Callable[[], str]] = {
            "passes Berlin --elements FILE": partial(fresh.run, *FROM_FILE),
            "the same, --format json": partial(fresh.run, *FROM_FILE, "--format", "json"),
            "passes Berlin, element sets stored": partial(stored.run, *PASSES),
            "--version": partial(fresh.run, "--version"),
        }
        taken = _in_turn({"ten lines of Skyfield": skyfield} | ours, rounds=pairs)
    theirs_s, *_ = taken.values()
    ratios = {
        name: median(a / b for a, b in zip(taken_s, theirs_s, strict=True))
        for name, taken_s in taken.items()
    }
    return Result(
        title="A preview as a cold process",
        aims=[Aim(figure=ratios[next(iter(ours))], limit=1.5, unit="x", at_least=False)],
        columns={"median ms": ".0f", "least ms": ".0f", "to Skyfield": ".2f"},
        rows={name: (median(s) * 1000, min(s) * 1000, ratios[name]) for name, s in taken.items()},
        notes=_notes(count, pairs),
    )


def _notes(count: int, pairs: int) -> str:
    return f"""\
- Wall time of whole processes, started in turn, {pairs} rounds after a warm-up; the ratio is the
  median over the rounds, each against the script of that round.
- Both print the same {count} passes of two satellites over Berlin in {DAYS} days, with the same
  AOS, culmination and LOS within {SAME_S} s: checked before.
"""


def _in_turn(programs: dict[str, Callable[[], str]], *, rounds: int) -> dict[str, list[float]]:
    """Return the wall times of each program; the first round only warms the caches."""
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds + 1):
        for name, program in programs.items():
            taken[name].append(taken_by(program).wall_s)
    return {name: each[1:] for name, each in taken.items()}


def _require_same(command: Command, skyfield: Callable[[], str]) -> int:
    """Check that both programs answer the same; return the number of passes."""
    ours = sorted(_our_events(command.run(*FROM_FILE, "--format", "json")))
    theirs = sorted(map(_their_event, skyfield().splitlines()))
    same = len(ours) == len(theirs) and all(
        a[:2] == b[:2] and abs((a[2] - b[2]).total_seconds()) < SAME_S
        for a, b in zip(ours, theirs, strict=True)
    )
    require(same, f"not the same events: {set(ours) ^ set(theirs)}")
    return sum(name == "culmination" for _, name, _ in ours)


def _our_events(printed: str) -> Iterator[Event]:
    """Yield what a JSON preview holds inside the window; Skyfield leaves out what is beyond it."""
    for pass_, name in chain.from_iterable(
        ((pass_, name) for name in ("aos", "culmination", "los")) for pass_ in json.loads(printed)
    ):
        when = datetime.fromisoformat(pass_[name]["time"])
        if START <= when < START + timedelta(days=DAYS):
            yield pass_["norad_id"], name, when


def _their_event(line: str) -> Event:
    norad_id, name, when, *_ = line.split()
    return int(norad_id), name, datetime.fromisoformat(when)
