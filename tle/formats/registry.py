"""The formats by name, in the order in which a text is tried: the surest to recognise first."""

from typing import Final

from tle.formats import omm_csv, omm_json, omm_kvn, omm_xml, tle_lines
from tle.formats.base import Format

FORMATS: Final[dict[str, Format]] = {
    "omm-json": omm_json,
    "omm-xml": omm_xml,
    "omm-csv": omm_csv,
    "omm-kvn": omm_kvn,
    "tle": tle_lines,
}
