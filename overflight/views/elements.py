"""Element sets in the store: those in force, the versions of one satellite, two side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from overflight.errors import NoSuchVersionError
from tle import (
    ElementSet,
    StoredElementSet,
    VersionState,
    elements_in_force,
    select_satellite,
    stored_versions,
)
from tle.storage.port import Reader
from tle.versions.in_force import satellite_names


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The element set in force of one satellite."""

    element_set: ElementSet
    age_days: float

    def facts(self) -> dict[str, Any]:
        """Return the elements and their age by name."""
        return _element_facts(self.element_set) | {"age_days": round(self.age_days, 4)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """All that is stored of one satellite."""

    norad_id: int
    """The number that was meant."""
    versions: Sequence[StoredElementSet]
    """By epoch from the newest."""

    @property
    def in_force(self) -> StoredElementSet | None:
        """The version in force, if one is."""
        return next((each for each in self.versions if each.is_in_force), None)

    def facts_in_force(self, *, now: datetime) -> dict[str, Any] | None:
        """Return the set in force with its age and provenance by name, if one is in force."""
        chosen = self.in_force
        if chosen is None:
            return None
        return _element_facts(chosen.element_set) | {
            "age_days": round(chosen.element_set.age_days(now), 4),
            "source": chosen.source,
            "loaded_at": chosen.loaded_at,
            "state": chosen.state,
            "versions": len(self.versions),
        }

    def facts(self) -> list[dict[str, Any]]:
        """Return each version with its provenance by name."""
        return [
            _element_facts(each.element_set)
            | {
                "version": each.version_no,
                "state": each.state,
                "verdict": each.verdict,
                "reason": each.reason,
                "accepted_at": each.accepted_at,
                "source": each.source,
                "loaded_at": each.loaded_at,
                "content_hash": each.element_set.content_hash,
            }
            for each in self.versions
        ]


def sets_in_force(reader: Reader | None, *, now: datetime) -> list[InForce]:
    """Return the element sets in force, one a satellite, by catalog number.

    Args:
        reader: the view to read; None: nothing has been stored yet.
        now: when they are to be in force, and how old they are then.
    """
    if reader is None:
        return []
    return [
        InForce(element_set=each, age_days=each.age_days(now))
        for each in elements_in_force(reader, now=now)
    ]


def versions_of(reader: Reader | None, satellite: str, *, now: datetime) -> Versions:
    """Return all that is stored of the satellite that a person means.

    Args:
        reader: the view to read; None: nothing has been stored yet.
        satellite: a number, a whole name or an alias.
        now: decides which version is in force.

    Raises:
        SelectionError: the name is unknown or ambiguous.
    """
    norad_id = select_satellite(satellite, satellite_names(reader) if reader else [])
    stored = stored_versions(reader, norad_id, now=now) if reader else []
    return Versions(norad_id=norad_id, versions=stored)


def _element_facts(element_set: ElementSet) -> dict[str, Any]:
    # Epochs are given to the microsecond: a millisecond is eight metres of the track.
    return asdict(element_set) | {"epoch": element_set.epoch.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


# --- two of them side by side -------------------------------------------------------------------


def choose_versions(
    stored: Sequence[StoredElementSet], version: int | None, other: int | None
) -> tuple[StoredElementSet, StoredElementSet]:
    """Return the two versions that a person means, the older epoch first.

    Args:
        stored: all of one satellite, by epoch from the newest.
        version: a version; None: the newest, or the one before where the newest is in force.
        other: what to compare it with; None: the one in force.

    Raises:
        NoSuchVersionError: a number is not among them, or there is only one version.
    """
    in_force = next((each for each in stored if each.is_in_force), None)
    known = {each.version_no: each for each in stored}
    asked_for = [number for number in (version, other) if number is not None]
    if missing := [number for number in asked_for if number not in known]:
        raise NoSuchVersionError(
            f"there is no version {missing[0]} of this satellite; "
            f"expected one of {', '.join(map(str, known))}"
        )
    compared = known[other] if other is not None else in_force or stored[-1]
    if version == compared.version_no:
        version = None
    rest = [each for each in stored if each is not compared]
    if not rest:
        raise NoSuchVersionError("there is only one version of this satellite, nothing to compare")
    before = next((each for each in rest if each.state is VersionState.SUPERSEDED), rest[0])
    newest = rest[0] if rest[0].element_set.epoch >= compared.element_set.epoch else before
    chosen = known[version] if version is not None else newest
    old, new = sorted((chosen, compared), key=lambda each: each.element_set.epoch)
    return old, new


def differences(old: ElementSet, new: ElementSet) -> Iterator[tuple[str, str, str, str]]:
    """Yield field, old value, new value and change of what differs, then how far they drift apart.

    The drift is where the satellite is by the new set, against where the old one puts it then.
    """
    from tle.motion.drift import measure_drifts  # noqa: PLC0415 - imports sgp4

    for field in fields(ElementSet):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after:
            is_number = isinstance(before, float | int) and not isinstance(before, bool)
            change = f"{after - before:+.6g}" if is_number else ""
            yield field.name, str(before), str(after), change
    drift = measure_drifts([old], [new])
    for name, unit in (
        ("age_days", "d"),
        ("along_track_s", "s"),
        ("cross_track_km", "km"),
        ("radial_km", "km"),
        ("mean_motion_change_rev_per_day", "rev/day"),
    ):
        yield f"drift: {name}", "", "", f"{float(getattr(drift, name)[0]):+.4g} {unit}"
