"""Element sets: parse, verify, version and choose the mean orbits of satellites.

``tle.motion.propagation.to_satrec`` is not re-exported here: it imports sgp4 and numpy.
"""

from tle.elements import ElementSet, newest_by_satellite
from tle.errors import (
    AmbiguousSatellite,
    ElementError,
    IncompleteElements,
    LineError,
    NotElements,
    SelectionError,
    TleError,
    UnknownSatellite,
    VersionError,
)
from tle.names import everyday_name, select_satellites
from tle.parsing import Located, Parsed, Refusal, parse_elements
from tle.versions.in_force import (
    Standing,
    StoredElementSet,
    elements_in_force,
    recent_history,
    stored_versions,
)
from tle.versions.loading import Loaded, LoadStatus, load_elements

__all__ = [
    "AmbiguousSatellite",
    "ElementError",
    "ElementSet",
    "IncompleteElements",
    "LineError",
    "LoadStatus",
    "Loaded",
    "Located",
    "NotElements",
    "Parsed",
    "Refusal",
    "SelectionError",
    "Standing",
    "StoredElementSet",
    "TleError",
    "UnknownSatellite",
    "VersionError",
    "elements_in_force",
    "everyday_name",
    "load_elements",
    "newest_by_satellite",
    "parse_elements",
    "recent_history",
    "select_satellites",
    "stored_versions",
]
