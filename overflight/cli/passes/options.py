"""What is typed after ``overflight passes``, and what both of its forms take from it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from overflight import console

if TYPE_CHECKING:
    from datetime import datetime

    from orbit.horizon import HorizonMask
    from overflight.element_files import ElementFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was typed, as click understands it."""

    place: str | None
    latitude_deg: float | None
    longitude_deg: float | None
    height_m: float | None
    satellites: tuple[str, ...]
    elements_file: str | None
    all_satellites: bool
    start: str
    days: float | None
    hours: float | None
    end: str | None
    min_elevation_deg: float
    min_culmination_deg: float | None
    visible_only: bool
    mask_file: str | None
    zone: str
    output_format: str
    places_file: str | None
    output: str | None


def asked(options: Options, now: "datetime") -> dict[str, Any]:
    """Return the fields of a ``PassQuery``; the mask's file is read.

    Raises:
        TimeError: the window is none.
        UsageError, OSError, OverflightError, HorizonError: the mask cannot be used.
    """
    from overflight.when import parse_window

    start, end = parse_window(
        start=options.start,
        end=options.end,
        days=options.days,
        hours=options.hours,
        default_days=7,
        now=now,
    )
    return {
        "start": start,
        "end": end,
        "satellites": options.satellites,
        "all_satellites": options.all_satellites,
        "min_elevation_deg": options.min_elevation_deg,
        "min_culmination_deg": options.min_culmination_deg,
        "visible_only": options.visible_only,
        "horizon_mask": _read_mask(options.mask_file),
    }


def _read_mask(path: str | None) -> "HorizonMask | None":
    """Read the file of ``--mask``, if one is given."""
    if path is None:
        return None
    if not path:
        raise click.UsageError("--mask: expected a file, got nothing")
    from overflight.preview.mask_file import read_mask

    return read_mask(path)


def given_elements(path: str | None) -> "ElementFile | None":
    """Read the file of ``--elements``, if one is given."""
    if path is None:
        return None
    if not path:
        raise click.UsageError("--elements: expected a file, or - for standard input, got nothing")
    from overflight.element_files import read_element_file

    return read_element_file(path)


def warn_of_refused(file: "ElementFile | None") -> None:
    """Tell which element sets of the file cannot be used."""
    if file is not None:
        for refusal in file.parsed.refusals:
            console.warn(f"{file.name}, line {refusal.line}: {refusal.reason}")
