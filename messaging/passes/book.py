"""Passes in the database: the identity each was first given, and where it is expected now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from zlib import crc32

import numpy as np

from messaging.columns import as_rows
from messaging.passes.candidates import NEVER_MS, Candidates
from messaging.passes.matching import nearest
from orbit.horizon import HorizonMask
from orbit.identity import Site
from orbit.publishing.rows import Pass
from tle.columns import Flags, Integers
from tle.storage.numbering import reserve
from tle.storage.port import Reader, Transaction
from tle.times import to_ms

_OVER_TIME = """
SELECT p.pass_no, p.pass_id, p.latitude_deg, p.longitude_deg, p.mask_key, p.culmination_ms,
    p.element_epoch_ms, x.element_epoch_ms, p.norad_id
FROM satellite_pass p
LEFT JOIN pass_crossing x
    ON x.pass_no = p.pass_no AND x.min_elevation_deg = :min_elevation_deg
WHERE p.norad_id = :norad_id AND p.culmination_ms BETWEEN :first_ms AND :last_ms
ORDER BY p.pass_no
"""
_OVER_PLACE = """
SELECT pass_id, culmination_ms FROM satellite_pass
WHERE norad_id = :norad_id AND culmination_ms BETWEEN :first_ms AND :last_ms
    AND latitude_deg = :latitude_deg AND longitude_deg = :longitude_deg AND mask_key = :mask_key
ORDER BY culmination_ms
"""
_INSERT = """
INSERT INTO satellite_pass (pass_no, pass_id, norad_id, latitude_deg, longitude_deg, mask_key,
    culmination_ms, culmination_azimuth_deg, culmination_elevation_deg, culmination_range_km,
    element_epoch_ms)
VALUES (:pass_no, :pass_id, :norad_id, :latitude_deg, :longitude_deg, :mask_key,
    :culmination_ms, :culmination_azimuth_deg, :culmination_elevation_deg, :culmination_range_km,
    :element_epoch_ms)
"""
_UPDATE = """
UPDATE satellite_pass SET culmination_ms = :culmination_ms,
    culmination_azimuth_deg = :culmination_azimuth_deg,
    culmination_elevation_deg = :culmination_elevation_deg,
    culmination_range_km = :culmination_range_km, element_epoch_ms = :element_epoch_ms
WHERE pass_no = :pass_no
"""
_RENUMBER = "UPDATE satellite_pass SET norad_id = :norad_id WHERE norad_id = :temporary_id"
_DELETE_CROSSING = """
DELETE FROM pass_crossing WHERE pass_no = :pass_no AND min_elevation_deg = :min_elevation_deg
"""
_INSERT_CROSSING = """
INSERT INTO pass_crossing (pass_no, min_elevation_deg, aos_ms, aos_azimuth_deg, los_ms,
    los_azimuth_deg, visible, element_epoch_ms)
VALUES (:pass_no, :min_elevation_deg, :aos_ms, :aos_azimuth_deg, :los_ms, :los_azimuth_deg,
    :visible, :element_epoch_ms)
"""


class _StoredPass(NamedTuple):
    """A row of ``_OVER_TIME``."""

    pass_no: int
    pass_id: str
    latitude_deg: float
    longitude_deg: float
    mask_key: str
    culmination_ms: int
    element_epoch_ms: int
    crossing_epoch_ms: int | None
    norad_id: int

    @property
    def site_key(self) -> tuple[float, float, str]:
        """What identifies its site."""
        return self.latitude_deg, self.longitude_deg, self.mask_key


@dataclass(frozen=True, slots=True, kw_only=True)
class PassBook:
    """Candidates under their lasting identities, one row each.

    Attributes:
        candidates: the passes as they are expected now.
        pass_no: their numbers in the store, or -1 for those it does not hold.
        pass_id: their names: as first given, or new ones.
        seed: a number drawn from the name.
        is_current: the store holds just this prediction already.
    """

    candidates: Candidates
    pass_no: Integers
    pass_id: list[str]
    seed: Integers
    is_current: Flags


def open_book(
    reader: Reader,
    candidates: Candidates,
    sites: Sequence[Site],
    *,
    norad_ids: Iterable[int],
    min_elevation_deg: float,
) -> PassBook:
    """Find the stored identity of each candidate, and name those that have none.

    Args:
        reader: the store.
        candidates: in the order of site and culmination.
        sites: by row of the site.
        norad_ids: the satellites.
        min_elevation_deg: the threshold of AOS and LOS.
    """
    pass_no = np.full(len(candidates), -1)
    is_current = np.zeros(len(candidates), bool)
    names = [
        sites[site].pass_id(norad_id, culmination_ms)
        for norad_id, site, culmination_ms in zip(
            candidates.norad_id.tolist(),
            candidates.site.tolist(),
            candidates.culmination_ms.tolist(),
            strict=True,
        )
    ]
    stored = _stored(reader, candidates, norad_ids, min_elevation_deg) if names else []
    if stored:
        row_of = {_key(site): row for row, site in enumerate(sites)}
        site = np.array([row_of.get(each.site_key, -1) for each in stored], np.int64)
        number = np.array([each.pass_no for each in stored], np.int64)
        culmination_ms = np.array([each.culmination_ms for each in stored], np.int64)
        epoch_ms = np.array([each.element_epoch_ms for each in stored], np.int64)
        norad_id = np.array([each.norad_id for each in stored], np.int64)
        match = nearest(site, norad_id, culmination_ms, candidates)
        known = np.flatnonzero((match >= 0) & (site >= 0))
        pass_no[match[known]] = number[known]
        # Campaigns with other thresholds share the pass, but not when it crosses them.
        crossing_epoch_ms = np.array([each.crossing_epoch_ms or -1 for each in stored], np.int64)
        newest_ms = candidates.element_epoch_ms[match[known]]
        is_current[match[known]] = (
            (newest_ms == epoch_ms[known])
            & (newest_ms == crossing_epoch_ms[known])
            # Elements are sometimes corrected without a new epoch.
            & (candidates.culmination_ms[match[known]] == culmination_ms[known])
        )
        for row, candidate in zip(known.tolist(), match[known].tolist(), strict=True):
            names[candidate] = stored[row].pass_id
    return PassBook(
        candidates=candidates,
        pass_no=pass_no,
        pass_id=names,
        seed=np.array([crc32(name.encode()) for name in names], np.int64),
        is_current=is_current,
    )


def _key(site: Site) -> tuple[float, float, str]:
    """Return what identifies a site in the database."""
    return site.latitude_deg, site.longitude_deg, site.mask_key


def _stored(
    reader: Reader, candidates: Candidates, norad_ids: Iterable[int], min_elevation_deg: float
) -> list[_StoredPass]:
    margin_ms = int(candidates.period_ms.max()) // 4
    return [
        _StoredPass(*row)
        for norad_id in norad_ids
        for row in reader.rows(
            _OVER_TIME,
            norad_id=norad_id,
            min_elevation_deg=min_elevation_deg,
            first_ms=int(candidates.culmination_ms.min()) - margin_ms,
            last_ms=int(candidates.culmination_ms.max()) + margin_ms,
        )
    ]


def store_passes(
    transaction: Transaction,
    book: PassBook,
    used: Integers,
    sites: Sequence[Site],
    *,
    min_elevation_deg: float,
) -> Integers:
    """Write the used passes that are new, or that newer elements moved; return their numbers.

    Args:
        transaction: where to.
        book: the passes.
        used: rows of the book, each once.
        sites: by row of the site.
        min_elevation_deg: the threshold of AOS and LOS.

    Returns:
        For every row of the book its number in the store, -1 for the unused ones.
    """
    pass_no = book.pass_no.copy()
    new = used[pass_no[used] < 0]
    first_no = reserve(transaction, "satellite_pass", len(new))
    pass_no[new] = np.arange(first_no, first_no + len(new))
    moved = used[(book.pass_no[used] >= 0) & ~book.is_current[used]]
    transaction.execute_many(_INSERT, _pass_rows(book, new, pass_no, sites))
    transaction.execute_many(_UPDATE, _moved_rows(book, moved, pass_no))
    crossings = _crossing_rows(book, np.concatenate([new, moved]), pass_no, min_elevation_deg)
    keys = ("pass_no", "min_elevation_deg")
    transaction.execute_many(_DELETE_CROSSING, [{k: row[k] for k in keys} for row in crossings])
    transaction.execute_many(_INSERT_CROSSING, crossings)
    return pass_no


def _pass_rows(
    book: PassBook, rows: Integers, pass_no: Integers, sites: Sequence[Site]
) -> list[dict[str, object]]:
    found = _moved_rows(book, rows, pass_no)
    norad_id = book.candidates.norad_id[rows].tolist()
    row_of = book.candidates.site[rows].tolist()
    for number, row in enumerate(found):
        row["norad_id"], row["pass_id"] = norad_id[number], book.pass_id[rows[number]]
        site = sites[row_of[number]]
        row["latitude_deg"], row["longitude_deg"], row["mask_key"] = _key(site)
    return found


def _moved_rows(book: PassBook, rows: Integers, pass_no: Integers) -> list[dict[str, object]]:
    candidates = book.candidates.take(rows)
    return list(
        as_rows(
            pass_no=pass_no[rows],
            culmination_ms=candidates.culmination_ms,
            culmination_azimuth_deg=candidates.culmination_azimuth_deg,
            culmination_elevation_deg=candidates.culmination_elevation_deg,
            culmination_range_km=candidates.culmination_range_km,
            element_epoch_ms=candidates.element_epoch_ms,
        )
    )


def _crossing_rows(
    book: PassBook, rows: Integers, pass_no: Integers, min_elevation_deg: float
) -> list[dict[str, object]]:
    candidates = book.candidates.take(rows)
    crossings = list(
        as_rows(
            pass_no=pass_no[rows],
            min_elevation_deg=np.full(len(rows), min_elevation_deg),
            aos_ms=candidates.aos_ms,
            aos_azimuth_deg=candidates.aos_azimuth_deg,
            los_ms=candidates.los_ms,
            los_azimuth_deg=candidates.los_azimuth_deg,
            visible=candidates.visible.astype(np.int64),
            element_epoch_ms=candidates.element_epoch_ms,
        )
    )
    for row in crossings:
        for end in ("aos", "los"):
            if row[f"{end}_ms"] == NEVER_MS:
                row[f"{end}_ms"] = row[f"{end}_azimuth_deg"] = None
    return crossings


def renumber_passes(transaction: Transaction, temporary_id: int, norad_id: int) -> int:
    """Give a satellite's passes its real number; their names stay. Return how many there are."""
    return transaction.execute(_RENUMBER, temporary_id=temporary_id, norad_id=norad_id)


def with_stored_ids(
    reader: Reader,
    passes: Sequence[Pass],
    *,
    grid_deg: float,
    horizon_mask: HorizonMask | None = None,
) -> list[Pass]:
    """Return previewed passes under the ids they were planned with, where they were.

    Args:
        reader: the store.
        passes: those of one site.
        grid_deg: the privacy grid.
        horizon_mask: what they were found above; None for an open horizon.
    """
    return [_with_stored_id(reader, pass_, horizon_mask, grid_deg) for pass_ in passes]


def _with_stored_id(
    reader: Reader, pass_: Pass, horizon_mask: HorizonMask | None, grid_deg: float
) -> Pass:
    observer = pass_.observer
    latitude_deg, longitude_deg, mask_key = _key(
        Site.about(
            observer.latitude_deg,
            observer.longitude_deg,
            grid_deg=grid_deg,
            horizon_mask=horizon_mask,
        )
    )
    culmination_ms, quarter_ms = to_ms(pass_.culmination.time), round(pass_.period_s * 250)
    stored = reader.rows(
        _OVER_PLACE,
        norad_id=pass_.norad_id,
        first_ms=culmination_ms - quarter_ms,
        last_ms=culmination_ms + quarter_ms,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        mask_key=mask_key,
    )
    if not stored:
        return pass_
    closest = min(stored, key=lambda row: abs(row[1] - culmination_ms))
    return replace(pass_, pass_id=closest[0])
