"""Where a satellite is and who can see it: pure geometry, times in, columns out.

``propagate`` turns an element set and a window into an ``Ephemeris``; ``find_passes`` turns an
ephemeris and observers into ``Passes``; ``positions_at`` and ``look_at`` answer for given times.

``__all__`` is what is stable. Each name lives in a module and is imported when it is first used, so
that importing the package costs nothing: not even numpy.
"""

from typing import TYPE_CHECKING

__all__ = [
    "ArgumentError",
    "Ephemeris",
    "HorizonError",
    "HorizonMask",
    "LookAngles",
    "Observer",
    "Observers",
    "OrbitError",
    "Pass",
    "Passes",
    "Place",
    "PlacesError",
    "Positions",
    "PropagationError",
    "Resolved",
    "Sight",
    "Sights",
    "above_masks",
    "find_passes",
    "look_at",
    "parse_horizon_mask",
    "positions_at",
    "propagate",
    "resolve_place",
    "stream_passes",
]

if TYPE_CHECKING:
    from orbit.ephemeris import Ephemeris, propagate
    from orbit.errors import ArgumentError, HorizonError, OrbitError, PropagationError
    from orbit.horizon import HorizonMask, parse_horizon_mask
    from orbit.look import Sights
    from orbit.masking import above_masks
    from orbit.observers import Observer, Observers
    from orbit.passes import Passes, find_passes, stream_passes
    from orbit.places.errors import PlacesError
    from orbit.places.place import Place
    from orbit.places.resolve import Resolved, resolve_place
    from orbit.positions import LookAngles, Positions, look_at, positions_at
    from orbit.publishing.rows import Pass, Sight
else:
    from tle.doors import open_door

    __getattr__, __dir__ = open_door(
        __name__,
        {
            "ephemeris": ["Ephemeris", "propagate"],
            "errors": ["ArgumentError", "HorizonError", "OrbitError", "PropagationError"],
            "horizon": ["HorizonMask", "parse_horizon_mask"],
            "look": ["Sights"],
            "masking": ["above_masks"],
            "observers": ["Observer", "Observers"],
            "passes": ["Passes", "find_passes", "stream_passes"],
            "places.errors": ["PlacesError"],
            "places.place": ["Place"],
            "places.resolve": ["Resolved", "resolve_place"],
            "positions": ["LookAngles", "Positions", "look_at", "positions_at"],
            "publishing.rows": ["Pass", "Sight"],
        },
    )
