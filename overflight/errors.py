"""What can go wrong in a person's hands.

OverflightError
└── SettingsError   the home or the settings in it cannot be used

Other rooms of this package derive theirs beside the code that raises them.
"""

from dataclasses import dataclass

__all__ = ["OverflightError", "Problem", "SettingsError"]


class OverflightError(Exception):
    """Root of the errors that are shown to a person without a traceback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with the settings."""

    origin: str
    """Where the value came from: a file, a folder, an environment variable or ``--set``."""
    key: str = ""
    """The dotted key, such as ``smtp.port``; empty where it is about the origin as a whole."""
    expected: str
    got: str
    advice: str = ""
    """What to do about it, where that does not follow from what was expected."""

    def __str__(self) -> str:
        """Return one line: where, what was expected, what came, what to do."""
        where = f"{self.origin}: {self.key}" if self.key else self.origin
        line = f"{where}: expected {self.expected}, got {self.got}"
        return f"{line}; {self.advice}" if self.advice else line


class SettingsError(OverflightError):
    """The home or the settings in it cannot be used; every problem found is listed."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
