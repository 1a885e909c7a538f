"""Horizon masks in a person's hands: read from a file, and named in the ids of passes."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from messaging.passes.book import Place
from orbit.horizon import HorizonMask, parse_horizon_mask
from orbit.identity import observer_key
from orbit.publishing.rows import Pass
from overflight.errors import OverflightError
from tle.times import to_ms

__all__ = ["read_mask", "with_masked_ids"]


def read_mask(path: str) -> HorizonMask:
    """Read and parse a file.

    Raises:
        OSError: it cannot be read.
        OverflightError: it is no text.
        HorizonError: it holds no mask; it names the line.
    """
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise OverflightError(
            f"{path}, line {line}: expected lines of azimuth_deg,min_elevation_deg such as "
            "90,12.5, got a byte that is not UTF-8; save the file as CSV UTF-8"
        ) from None
    return parse_horizon_mask(text, source=path)


def with_masked_ids(passes: Iterable[Pass], mask: HorizonMask, *, grid_deg: float) -> list[Pass]:
    """Give passes above a mask the ids the daemon would: not those of the open horizon.

    Masks are rounded in ids, as positions are: customers have theirs in whole degrees.
    """
    rounded = mask.rounded()
    return [replace(pass_, pass_id=_new_id(pass_, rounded, grid_deg)) for pass_ in passes]


def _new_id(pass_: Pass, mask: HorizonMask, grid_deg: float) -> str:
    observer = pass_.observer
    place = Place(*observer_key(observer.latitude_deg, observer.longitude_deg, grid_deg), mask)
    return place.new_pass_id(pass_.norad_id, to_ms(pass_.culmination.time))
