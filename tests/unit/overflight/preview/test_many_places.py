import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from orbit.horizon import HorizonMask
from overflight.cli.passes import many_places as passes_places
from overflight.element_files import ElementFile
from overflight.errors import OutputError
from overflight.files import whole_file
from overflight.preview.column_files import write_npz, write_parquet
from overflight.preview.many_places import ABSENT_MS, batch_columns, batch_rows, place_batches
from overflight.preview.one_place import PlaceQuery, preview
from overflight.preview.places_file import parse_places
from overflight.preview.query import PassQuery
from overflight.settings.values import Settings
from tle import Parsed
from tle.formats.base import Located
from tle.motion.uncertainty import Uncertainty, estimate_uncertainty
from tle.times import iso_z

START = datetime(2026, 10, 10, tzinfo=UTC)
DAY = PassQuery(start=START, end=START + timedelta(days=1))
COORDINATES = ["52.52,13.41", "-33.9,18.4", "85,0", "35.7,139.7", "0,-180"]
LINES = [f"n{k},{pair}" for k, pair in enumerate(COORDINATES)]
PLACES = parse_places("\n".join(["name,latitude,longitude", *LINES]).encode(), source="p.csv")
WHOLE, SINGLE = 1e9, 1e-9  # place_days of one batch for all, and of a batch for each place


def _rows(element_sets, query=DAY, place_days=WHOLE):
    batches = list(place_batches(element_sets, PLACES, query, place_days=place_days))
    return [pass_ for batch in batches for pass_ in batch_rows(batch, grid_deg=0.1)]


def _columns(element_sets, query=DAY, place_days=WHOLE):
    return list(
        map(batch_columns, place_batches(element_sets, PLACES, query, place_days=place_days))
    )


@pytest.fixture(scope="module")
def geo(iss):
    """A satellite that stands above 0 deg east on the first morning."""
    return replace(
        iss,
        norad_id=99_999,
        name="STILL",
        mean_motion_rev_per_day=1.00273791,
        eccentricity=1e-5,
        inclination_deg=0.01,
    )


# --- which passes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"min_culmination_deg": 30.0},
        {"visible_only": True},
        {"min_elevation_deg": 0.0},
        {"horizon_mask": HorizonMask.of([(180, 0), (181, 60), (359, 60), (0, 0)])},
    ],
)
def test_each_place_as_alone(iss, css, asked):
    """A place has the passes that a preview of it shows, place after place as in the file."""
    query = replace(DAY, **asked)
    sets = [Located(each, 1) for each in (iss, css)]
    file = ElementFile(name="f", parsed=Parsed(sets=sets, refusals=[]))
    settings = Settings(home=None, origins={})
    alone = []
    for place in COORDINATES:
        query = PlaceQuery(place=place, start=DAY.start, end=DAY.end, **asked)
        alone += preview(query, settings=settings, file=file, now=DAY.start).passes
    found = _rows([iss, css], query)
    assert [pass_.norad_id for pass_ in found] == [pass_.norad_id for pass_ in alone]
    for pass_, expected in zip(found, alone, strict=True):
        assert pass_.observer.latitude_deg == expected.observer.latitude_deg
        off = abs(pass_.culmination.time - expected.culmination.time)
        assert off < timedelta(milliseconds=20)
        assert pass_.visible == expected.visible
        assert ("~" in pass_.pass_id) == ("horizon_mask" in asked)
    assert found


def test_chunks_do_not_matter(iss, css):
    """However the places are cut into batches, the passes and their order are the same."""
    together, apart = _rows([iss, css]), _rows([iss, css], place_days=SINGLE)
    assert [pass_.observer.name for pass_ in apart] == [pass_.observer.name for pass_ in together]
    for one, other in zip(apart, together, strict=True):
        assert one.norad_id == other.norad_id
        assert abs(one.culmination.time - other.culmination.time) < timedelta(milliseconds=20)
    whole = _columns([iss, css])[0]["observer"]
    parts = [columns["observer"] for columns in _columns([iss, css], place_days=SINGLE)]
    assert len(parts) == len(PLACES)
    assert np.array_equal(np.concatenate(parts), whole)


def test_columns_tell_the_age_and_the_uncertainty(iss):
    """Each pass comes with the age of its elements and how far off it may be, as learnt."""
    learnt = Uncertainty(half_widths_s=np.full(27, 7.0))
    batches = list(
        place_batches([iss], PLACES, DAY, place_days=WHOLE, uncertainties={iss.norad_id: learnt})
    )
    [columns] = map(batch_columns, batches)
    [by_class] = _columns([iss])
    age_days = (columns["culmination_ms"] - iss.epoch_ms) / 86_400_000
    assert np.array_equal(columns["element_age_days"], age_days)
    assert columns["uncertainty_s"] == pytest.approx(7.0)
    expected_s = estimate_uncertainty(iss).half_width_s(age_days)
    assert by_class["uncertainty_s"] == pytest.approx(expected_s)


def test_columns_are_the_rows(iss, css):
    """Columns hold the same passes as rows, in the same order, their times to the millisecond."""
    [columns] = _columns([iss, css])
    found = _rows([iss, css])
    assert [PLACES.names[k] for k in columns["observer"]] == [p.observer.name for p in found]
    assert columns["norad_id"].tolist() == [pass_.norad_id for pass_ in found]
    for name in ("aos", "culmination", "los"):
        times = [iso_z(getattr(pass_, name).time) for pass_ in found]
        assert [_iso(ms) for ms in columns[f"{name}_ms"]] == times
        azimuths = [getattr(pass_, name).azimuth_deg for pass_ in found]
        assert columns[f"{name}_azimuth_deg"].tolist() == azimuths
    for column, values in (
        ("max_elevation_deg", [pass_.culmination.elevation_deg for pass_ in found]),
        ("culmination_range_km", [pass_.culmination.range_km for pass_ in found]),
        ("sun_elevation_deg", [pass_.sun_elevation_deg for pass_ in found]),
        ("visible", [pass_.visible for pass_ in found]),
        ("in_progress", [pass_.in_progress for pass_ in found]),
        ("always_up", [pass_.always_up for pass_ in found]),
    ):
        assert columns[column].tolist() == pytest.approx(values, abs=1e-5)


def _iso(ms):
    return iso_z(START + timedelta(milliseconds=int(ms) - int(START.timestamp() * 1000)))


# --- files of columns ---------------------------------------------------------------------------


def test_npz(iss, css, geo, tmp_path):
    """The archive is uncompressed, and numpy reads from it what was written, batch after batch."""
    batches = _columns([iss, css, geo], place_days=SINGLE)
    path = tmp_path / "passes.npz"
    count = write_npz(path, iter(batches))
    assert list(tmp_path.iterdir()) == [path]
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
    with np.load(path, allow_pickle=False) as stored:
        assert set(stored) == set(batches[0])
        for name, column in stored.items():
            assert len(column) == count
            assert column.dtype == batches[0][name].dtype
            written = np.concatenate([batch[name] for batch in batches])
            assert np.array_equal(column, written, equal_nan=column.dtype.kind == "f")


def test_absent_times(geo, tmp_path):
    """A satellite that never sets has the least integer for AOS and LOS, and in Parquet null."""
    parquet = pytest.importorskip("pyarrow.parquet")
    batches = _columns([geo])
    [columns] = batches
    assert len(columns["observer"])
    assert columns["always_up"].all()
    assert (columns["aos_ms"] == ABSENT_MS).all()
    assert (columns["los_ms"] == -(2**63)).all()
    assert np.isnan(columns["aos_azimuth_deg"]).all()
    count = write_parquet(tmp_path / "p.parquet", iter(batches))
    table = parquet.read_table(tmp_path / "p.parquet")
    assert table.num_rows == count == len(columns["observer"])
    for name in ("aos_ms", "los_ms", "aos_azimuth_deg", "los_azimuth_deg"):
        assert table[name].null_count == count
    for name in ("observer", "norad_id", "culmination_ms", "culmination_range_km", "visible"):
        assert table[name].to_pylist() == columns[name].tolist()


@pytest.mark.parametrize("write", [write_npz, write_parquet])
def test_no_passes(iss, tmp_path, write):
    """Where there are no passes, the file has all its columns, and no rows."""
    pytest.importorskip("pyarrow")
    never = replace(DAY, end=START + timedelta(minutes=1))
    batches = _columns([iss], never, place_days=SINGLE)
    assert write(tmp_path / "file", iter(batches)) == 0
    if write is write_npz:
        with np.load(tmp_path / "file") as stored:
            assert {name: len(column) for name, column in stored.items()} == dict.fromkeys(
                batches[0], 0
            )


# --- files that appear whole --------------------------------------------------------------------


def test_whole_file(tmp_path):
    """What is written replaces the old file at the end, also through a link, and is alone."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with whole_file(link) as path:
        path.write_text("new")
        path.with_name("column.part").write_text("beside it")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert link.is_symlink()
    assert {each.name for each in tmp_path.iterdir()} == {"target", "link"}


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_behind(tmp_path, failure):
    """Where the disk is full or the person stops it, the old file stays, and nothing else."""
    target = tmp_path / "target"
    target.write_text("old")
    expected = OutputError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected), whole_file(target) as path:  # noqa: PT012 - what is inside fails
        path.write_text("half")
        raise failure
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_devices_are_not_replaced(tmp_path):
    """A folder or a device is refused: a file must not take its place."""
    for path in (tmp_path, tmp_path.__class__("/dev/null")):
        with pytest.raises(OutputError, match="expected a file"), whole_file(path):
            pytest.fail("was opened")


# --- progress -----------------------------------------------------------------------------------


class FakeBar:
    """A progress display that remembers what it was told."""

    def __init__(self):
        self.told = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.told.append("closed")

    def add_task(self, name, *, total):
        self.told.append((name, total))
        return 7

    def update(self, task, *, completed):
        assert task == 7
        self.told.append(completed)


@pytest.mark.parametrize(
    ("quiet_s", "told"), [(1e9, []), (-1.0, [("places", 5), 1, 2, 3, 4, 5, "closed"])]
)
def test_progress(iss, monkeypatch, quiet_s, told):
    """Long work shows how many places are done, short work nothing, and all batches come by."""
    bar = FakeBar()
    monkeypatch.setattr(passes_places, "QUIET_S", quiet_s)
    monkeypatch.setattr(passes_places.console, "progress", lambda: bar)
    batches = place_batches([iss], PLACES, DAY, place_days=SINGLE)
    assert len(list(passes_places._followed(batches, total=5))) == 5
    assert bar.told == told
