"""Horizon masks in files of their own."""

from pathlib import Path

from orbit.horizon import HorizonMask, parse_horizon_mask
from overflight.errors import OverflightError


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
