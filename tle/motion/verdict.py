"""What a stored element set was found to be, beside the one that was in force before it."""

from enum import StrEnum


class Verdict(StrEnum):
    """What the jump check (``tle.motion.jump``) says of a set, as the store writes it."""

    PLAUSIBLE = "plausible"
    MANOEUVRE = "manoeuvre"  # more has changed than age explains; the set comes into force
    ABSURD = "absurd"  # no satellite does this; the set is kept back until a person accepts it
    SYNTHETIC = "synthetic"  # not judged; it is in force only while there is no real set
