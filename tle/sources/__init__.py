"""Element sets from providers on the network and from watched files: the one front door.

The providers themselves are ``tle.sources.celestrak`` and ``tle.sources.space_track``; they import
aiohttp, and nothing here does.
"""

from tle.sources.asking import (
    ByGroup,
    ByName,
    BySatellites,
    Limits,
    Outcome,
    Query,
    Reply,
    Request,
    Source,
)
from tle.sources.providers import CELESTRAK, LIMITS, TITLES
from tle.sources.request_log import AskedQuery, SourceState, resume, source_state
from tle.sources.update import Update, update_elements
from tle.sources.watched import WatchedFiles

__all__ = [
    "CELESTRAK",
    "LIMITS",
    "TITLES",
    "AskedQuery",
    "ByGroup",
    "ByName",
    "BySatellites",
    "Limits",
    "Outcome",
    "Query",
    "Reply",
    "Request",
    "Source",
    "SourceState",
    "Update",
    "WatchedFiles",
    "resume",
    "source_state",
    "update_elements",
]
