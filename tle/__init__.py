"""Element sets: read, parse, verify, version and choose the mean orbits of satellites.

``__all__`` is what is stable. Each name lives in a module and is imported when it is first used, so
that importing the package costs nothing: neither numpy nor sgp4.
"""

from typing import TYPE_CHECKING

__all__ = [
    "AmbiguousSatellite",
    "ElementError",
    "ElementSet",
    "ElementSets",
    "IncompleteElements",
    "LineError",
    "LoadStatus",
    "Loaded",
    "Located",
    "NotElements",
    "Parsed",
    "Refusal",
    "SelectionError",
    "StoredElementSet",
    "TleError",
    "UnknownSatellite",
    "VersionError",
    "VersionState",
    "elements_in_force",
    "everyday_name",
    "from_skyfield",
    "load_elements",
    "newest_by_satellite",
    "parse_elements",
    "read_elements",
    "recent_history",
    "select_satellite",
    "stored_versions",
]

if TYPE_CHECKING:
    from tle.beside_skyfield import from_skyfield
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
    from tle.formats.base import Located, Refusal
    from tle.names import everyday_name, select_satellite
    from tle.parsing import Parsed, parse_elements
    from tle.reading import ElementSets, read_elements
    from tle.versions.in_force import (
        StoredElementSet,
        VersionState,
        elements_in_force,
        recent_history,
        stored_versions,
    )
    from tle.versions.loading import Loaded, LoadStatus, load_elements
else:
    from tle.doors import open_door

    __getattr__, __dir__ = open_door(
        __name__,
        {
            "beside_skyfield": ["from_skyfield"],
            "elements": ["ElementSet", "newest_by_satellite"],
            "errors": [
                "AmbiguousSatellite",
                "ElementError",
                "IncompleteElements",
                "LineError",
                "NotElements",
                "SelectionError",
                "TleError",
                "UnknownSatellite",
                "VersionError",
            ],
            "names": ["everyday_name", "select_satellite"],
            "formats.base": ["Located", "Refusal"],
            "parsing": ["Parsed", "parse_elements"],
            "reading": ["ElementSets", "read_elements"],
            "versions.in_force": [
                "VersionState",
                "StoredElementSet",
                "elements_in_force",
                "recent_history",
                "stored_versions",
            ],
            "versions.loading": ["LoadStatus", "Loaded", "load_elements"],
        },
    )
