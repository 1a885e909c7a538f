"""A day of a whole campaign with the installed command: import, plan, deliver."""

import csv
import json
import tempfile
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from skyfield.api import EarthSatellite, load, wgs84

from benchmarks.measuring import (
    ELEMENTS,
    MIN_ELEVATION_DEG,
    ROOT,
    START,
    Aim,
    Command,
    Result,
    require,
    taken_by,
)
from orbit.ephemeris import propagate
from orbit.observers import Observers
from orbit.passes import find_passes
from overflight.rehearsal.demo_data import write_customers
from tle import ElementSet, parse_elements
from tle.motion.propagation import to_satrec

if TYPE_CHECKING:
    from collections.abc import Sequence

CAMPAIGN = ROOT / "overflight" / "data" / "demo.toml"
HOURS = 24
END = START + timedelta(hours=HOURS)
GRID_DEG = 0.1  # to which positions are rounded when they come in
SAMPLE = 200
FIND_EVENTS_S = 0.5  # Skyfield's find_events is up to 0.33 s off its own dense scan
AIM_CUSTOMERS, AIM_S = 100_000, 60.0


def run(customers: int) -> Result:
    """Take that many invented customers through a rehearsal that writes every message.

    Raises:
        BenchmarkError: a message is missing, doubled, or outside its window or its pass.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        people, messages = home / "customers.csv", home / "messages"
        write_customers(people, customers)
        stages_s = _run_stages(Command(home=home), people, messages)
        sent = [json.loads(line) for file in messages.glob("*.jsonl") for line in file.open()]
        element_sets = [
            found.element_set
            for found in parse_elements(ELEMENTS.read_bytes(), source="benchmark").sets
        ]
        _require_complete(sent, _count_due(people, element_sets))
        _require_inside_window(sent)
        _require_inside_pass(sent[:: max(1, len(sent) // SAMPLE)], element_sets)
    total_s = sum(stages_s.values())
    is_full = customers == AIM_CUSTOMERS
    aim = Aim(figure=total_s, limit=AIM_S, unit=" s", at_least=False)
    return Result(
        title=f"{customers:,} customers imported, planned and delivered over {HOURS} h",
        aims=[aim] if is_full else [],
        columns={"s": ".1f"},
        rows={name: (s,) for name, s in (stages_s | {"in all": total_s}).items()},
        notes=_notes(len(sent)),
    )


def _notes(count: int) -> str:
    return f"""\
- {count:,} messages due, {count:,} written, each once: one for each customer who consented and has
  a pass of either satellite that day.
- Read back from the files: each was sent inside its window (`not_before <= sent_at < expires_at`);
  of every {max(1, count // SAMPLE)}th the pass was computed again by Skyfield, and each was sent
  between AOS and LOS.
- Whole processes of the installed command; the rehearsal copies the database, plans, renders and
  writes.
"""


def _run_stages(command: Command, people: Path, messages: Path) -> dict[str, float]:
    """Return the wall time of each stage (s)."""
    rehearsal = ("--start", f"{START:%Y-%m-%d}", "--hours", HOURS, "--full", "--output", messages)
    stages: dict[str, Sequence[Sequence[object]]] = {
        "element sets loaded": [("tle", "load", ELEMENTS)],
        "customers imported": [("customers", "import", people)],
        "campaign loaded, approved, armed": [
            ("campaign", "load", CAMPAIGN),
            ("campaign", "approve", "greetings", "--by", "benchmark"),
            ("campaign", "arm", "greetings"),
        ],
        "rehearsed: planned and delivered": [("rehearse", *rehearsal)],
    }
    return {
        name: sum(taken_by(partial(command.run, *arguments)).wall_s for arguments in commands)
        for name, commands in stages.items()
    }


def _count_due(people: Path, element_sets: list[ElementSet]) -> int:
    """Return how many customers must get a message: consent, and a pass that day."""
    with people.open(encoding="utf-8", newline="") as file:
        willing = [row for row in csv.DictReader(file) if row["consent"] == "yes"]
    degrees = np.array([(float(row["latitude"]), float(row["longitude"])) for row in willing])
    places, place = np.unique(np.round(degrees / GRID_DEG) * GRID_DEG, axis=0, return_inverse=True)
    reached = np.zeros(len(places), bool)
    for element_set in element_sets:
        ephemeris = propagate(element_set, START, END)
        passes = find_passes(
            ephemeris, Observers.at(*places.T), min_elevation_deg=MIN_ELEVATION_DEG
        )
        reached[passes.observer] = True
    return int(reached[place].sum())


def _require_complete(sent: list[dict[str, str]], due: int) -> None:
    require(len(sent) == due, f"{due} messages are due, {len(sent)} were written")
    require(len({message["message_id"] for message in sent}) == due, "a message was written twice")


def _require_inside_window(sent: list[dict[str, str]]) -> None:
    for message in sent:
        not_before, sent_at, expires_at = (
            datetime.fromisoformat(message[key]) for key in ("not_before", "sent_at", "expires_at")
        )
        inside = START <= sent_at < END and not_before <= sent_at < expires_at
        require(inside, f"{message['message_id']} was sent outside its window, at {sent_at}")


def _require_inside_pass(sample: list[dict[str, str]], element_sets: list[ElementSet]) -> None:
    """Compute the pass of each message again, with Skyfield, from the place in its ``pass_id``."""
    timescale = load.timescale(builtin=True)
    satellites = {
        element_set.norad_id: EarthSatellite.from_satrec(to_satrec(element_set), timescale)
        for element_set in element_sets
    }
    for message in sample:
        norad_id, place, _ = message["pass_id"].split("@")
        sent_at = datetime.fromisoformat(message["sent_at"])
        times, events = satellites[int(norad_id)].find_events(
            wgs84.latlon(float(place[:6]), float(place[6:])),
            timescale.from_datetime(sent_at - timedelta(minutes=20)),
            timescale.from_datetime(sent_at + timedelta(minutes=20)),
            altitude_degrees=MIN_ELEVATION_DEG,
        )
        since_s = np.array([(t - sent_at).total_seconds() for t in times.utc_datetime()])
        is_up = (since_s[events == 0].min(initial=np.inf) <= FIND_EVENTS_S) and (
            since_s[events == 2].max(initial=-np.inf) >= -FIND_EVENTS_S
        )
        require(is_up, f"{message['message_id']} was sent while the satellite was not up")
