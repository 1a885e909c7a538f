import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orbit.ephemeris import propagate
from orbit.observers import Observer, Observers
from orbit.passes import find_passes
from orbit.publishing.columns import COLUMNS
from orbit.publishing.rows import published_columns, rows
from tle.times import iso_z

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "pass.schema.json").read_text())
START = datetime(2026, 10, 10, tzinfo=UTC)
BERLIN = Observer(
    name="Berlin, DE", latitude_deg=52.52, longitude_deg=13.41, time_zone="Europe/Berlin"
)
TYPES = {
    "object": dict,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def _check(value, schema, path="pass"):
    """Assert that a value is what the schema says, for the keywords that ours uses, and no more.

    The schema allows for fields of later versions; what we write today has just those it names.
    """
    if "$ref" in schema:
        _check(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], path)
    if "anyOf" in schema:
        wanted = [s for s in schema["anyOf"] if (s.get("type") == "null") == (value is None)]
        _check(value, wanted[0], path)
    if "type" in schema:
        assert isinstance(value, TYPES[schema["type"]]), path
        assert isinstance(value, bool) == (schema["type"] == "boolean"), path
    assert value in schema.get("enum", [value]), path
    assert re.search(schema.get("pattern", ""), str(value)), path
    if "minimum" in schema:
        assert value >= schema["minimum"], path
    if "maximum" in schema:
        assert value <= schema["maximum"], path
    if "exclusiveMinimum" in schema:
        assert value > schema["exclusiveMinimum"], path
    if "exclusiveMaximum" in schema:
        assert value < schema["exclusiveMaximum"], path
    if "properties" in schema:
        assert sorted(value) == sorted(schema["required"]) == sorted(schema["properties"]), path
        for key, inner in schema["properties"].items():
            _check(value[key], inner, f"{path}.{key}")


def _rows(element_set, observers, days=3):
    ephemeris = propagate(element_set, START, START + timedelta(days=days))
    passes = find_passes(ephemeris, Observers.of(observers))
    return list(rows(passes, observers, grid_deg=0.1))


@pytest.fixture(scope="module")
def berlin(iss):
    """The ISS over Berlin in three days."""
    return _rows(iss, [BERLIN])


def test_json_follows_the_schema(berlin):
    """Every pass is, as JSON, what docs/pass.schema.json says."""
    assert len(berlin) > 10
    for pass_ in berlin:
        _check(json.loads(json.dumps(pass_.to_json())), SCHEMA)


def test_json_of_a_satellite_that_never_sets(iss):
    """Without AOS and LOS they are null, and so is the duration; the schema still holds."""
    high = replace(
        iss, mean_motion_rev_per_day=1.0027, eccentricity=0.0002, inclination_deg=0.05, name=""
    )
    everywhere = [
        replace(BERLIN, latitude_deg=0.0, longitude_deg=float(east))
        for east in range(-180, 181, 60)
    ]
    up = _rows(high, everywhere)
    assert up
    for pass_ in up:
        facts = json.loads(json.dumps(pass_.to_json()))
        _check(facts, SCHEMA)
        assert (facts["aos"], facts["los"], facts["duration_s"]) == (None, None, None)
        assert facts["always_up"]
        assert facts["in_progress"]
        assert facts["satellite"] == "25544"


def test_json_with_synthetic_elements(iss):
    """With a synthetic set there is no uncertainty, in JSON and row alike; the schema holds."""
    for pass_ in _rows(replace(iss, synthetic=True), [BERLIN]):
        facts = json.loads(json.dumps(pass_.to_json()))
        _check(facts, SCHEMA)
        assert facts["uncertainty_s"] is pass_.uncertainty_s is None
        assert facts["confidence"] == "provisional"


def test_columns_are_the_json(iss):
    """The columns hold the leaves of the JSON under the keys that lead to them, in its order."""
    found = _rows(iss, [replace(BERLIN, latitude_deg=30.3, longitude_deg=120.2)])
    seen = [pass_ for pass_ in found if pass_.visible]
    assert seen
    columns = published_columns(seen)
    for k, pass_ in enumerate(seen):
        leaves = dict(_leaves(pass_.to_json()))
        assert tuple(leaves) == COLUMNS
        assert [column[k] for column in columns] == list(leaves.values())


def test_a_stored_id_is_published(berlin):
    """A pass that gets the id it is stored under is published under it, and else unchanged."""
    stored = replace(berlin[0], pass_id="stored")
    assert stored.to_json() == berlin[0].to_json() | {"pass_id": "stored"}
    assert published_columns([berlin[1], stored])[0] == [berlin[1].pass_id, "stored"]


def _leaves(value, name=""):
    if not isinstance(value, dict):
        yield name.removesuffix("_"), value
        return
    for key, part in value.items():
        yield from _leaves(part, f"{name}{key}_")


def test_json_of_a_visible_pass(iss):
    """A pass that can be seen says from where to where, and how bright; the schema still holds."""
    seen = [
        pass_
        for pass_ in _rows(iss, [replace(BERLIN, latitude_deg=30.3, longitude_deg=120.2)])
        if pass_.visible
    ]
    assert seen
    for pass_ in seen:
        facts = json.loads(json.dumps(pass_.to_json()))
        _check(facts, SCHEMA)
        segment, sunlit = facts["visible_segment"], facts["sunlit"]
        times = [
            facts["aos"]["time"],
            sunlit["start"],
            *(segment[part]["time"] for part in ("start", "highest", "end")),
            sunlit["end"],
            facts["los"]["time"],
        ]
        assert times == sorted(times)
        assert -5 < facts["magnitude"] < 3
        assert facts["magnitude"] == round(facts["magnitude"], 1)


def test_json_of_an_invisible_pass(berlin):
    """A pass in daylight or shadow has neither segment nor magnitude."""
    for pass_ in berlin:
        facts = pass_.to_json()
        assert not facts["visible"]
        assert (facts["visible_segment"], facts["magnitude"]) == (None, None)
        assert facts["tca"]["range_km"] <= facts["culmination"]["range_km"]


def test_json_of_a_pass_in_shadow(iss):
    """A pass that never comes into sunlight has no sunlit span; the schema still holds."""
    equator = [replace(BERLIN, latitude_deg=0.0, longitude_deg=10.0 * k) for k in range(18)]
    in_shadow = [
        facts
        for facts in (pass_.to_json() for pass_ in _rows(iss, equator))
        if facts["sunlit"] is None
    ]
    assert in_shadow
    for facts in in_shadow:
        _check(facts, SCHEMA)
        assert not facts["visible"]


def test_rows_agree_with_columns(iss, berlin):
    """A row says what its row of the columns says; one observer's rows come by culmination."""
    passes = find_passes(propagate(iss, START, START + timedelta(days=3)), Observers.of([BERLIN]))
    assert len(berlin) == len(passes)
    for k, pass_ in enumerate(berlin):
        assert pass_.culmination.elevation_deg == passes.culmination.elevation_deg[k]
        assert pass_.aos.time == passes.ephemeris.datetime_at(passes.aos.time_s[k])
        assert pass_.duration_s == pytest.approx(passes.duration_s[k], abs=0.0011)
        assert pass_.element_age_days == pytest.approx(
            (pass_.culmination.time - iss.epoch) / timedelta(days=1), abs=6e-5
        )
        assert pass_.sun_elevation_deg == passes.sun_elevation_deg[k]
        assert pass_.period_s == iss.period_s
    times = [pass_.culmination.time for pass_ in berlin]
    assert times == sorted(times)


def test_ids_name_what_the_row_shows(berlin):
    """The id holds the satellite, the rounded place and the minute of the culmination."""
    for pass_ in berlin:
        minute = f"{pass_.culmination.time:%Y%m%dT%H%M}"
        assert pass_.pass_id == f"25544@+52.50+013.40@{minute}Z"
    assert len({pass_.pass_id for pass_ in berlin}) == len(berlin)


def test_several_observers(iss):
    """Each row carries the observer it is of."""
    cape_town = replace(BERLIN, name="Cape Town", latitude_deg=-33.9, longitude_deg=18.4)
    both = _rows(iss, [BERLIN, cape_town])
    assert [p for p in both if p.observer == BERLIN] == _rows(iss, [BERLIN])
    assert {p.observer.name for p in both} == {"Berlin, DE", "Cape Town"}


def test_iso_z():
    """Times are ISO 8601 with milliseconds and Z, whether they have any or not."""
    assert iso_z(START) == "2026-10-10T00:00:00.000Z"
    assert iso_z(START + timedelta(microseconds=7999)) == "2026-10-10T00:00:00.007Z"
