"""The home: the folder that holds the settings, the database and whatever else is kept."""

import os
from collections.abc import Mapping
from pathlib import Path

from messaging.errors import Problem
from overflight.errors import SettingsError

HOME_VARIABLE = "OVERFLIGHT_HOME"


def find_home(flag: str | Path | None, environ: Mapping[str, str]) -> Path:
    """Return the folder of everything: ``--home``, ``OVERFLIGHT_HOME`` or the user's own."""
    chosen = flag or environ.get(HOME_VARIABLE)
    if chosen:
        return below(Path.cwd(), chosen)
    from platformdirs import user_data_path  # noqa: PLC0415 - only where no home is given

    return user_data_path("overflight", appauthor=False)


def create_home(home: Path) -> None:
    """Create the home, open to its owner only; one that exists keeps its permissions.

    Raises:
        SettingsError: it is no folder, or nothing can be written there.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        got = "a file"
    except OSError as error:
        got = error.strerror or str(error)
    else:
        if os.access(home, os.W_OK | os.X_OK):
            return
        got = "one that may not be written to"
    advice = f"choose another with --home or {HOME_VARIABLE}, or change its permissions"
    problem = Problem(origin=str(home), expected="a folder to keep data in", got=got, advice=advice)
    raise SettingsError(problem)


def below(base: Path, name: str | Path) -> Path:
    """Return ``name`` below ``base`` unless it is absolute or starts with ``~``."""
    return base / os.path.expanduser(name)  # noqa: PTH111 - pathlib's raises for an unknown user
