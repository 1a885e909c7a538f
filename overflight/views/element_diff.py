"""Two versions of a satellite's elements, side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from overflight.errors import OverflightError
from tle import ElementSet, Standing, StoredElementSet


class NoSuchVersionError(OverflightError):
    """A version of a satellite's elements that is not stored."""


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
    standing = next((each for each in stored if each.is_in_force), None)
    known = {each.element_set_no: each for each in stored}
    asked_for = [number for number in (version, other) if number is not None]
    if missing := [number for number in asked_for if number not in known]:
        raise NoSuchVersionError(
            f"there is no version {missing[0]} of this satellite; "
            f"expected one of {', '.join(map(str, known))} (overflight tle history)"
        )
    compared = known[other] if other is not None else standing or stored[-1]
    if version == compared.element_set_no:
        version = None
    rest = [each for each in stored if each is not compared]
    if not rest:
        raise NoSuchVersionError("there is only one version of this satellite, nothing to compare")
    before = next((each for each in rest if each.standing is Standing.SUPERSEDED), rest[0])
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
