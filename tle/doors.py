"""Front doors: a package that offers names of its modules, and imports each when it is used."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module


def open_door(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the ``__getattr__`` and the ``__dir__`` of a package (PEP 562).

    Args:
        package: its name.
        homes: its modules, by their names within it, and what each gives to the door.
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def get(name: str) -> object:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        value = getattr(import_module(f"{package}.{home_of[name]}"), name)
        setattr(sys.modules[package], name, value)  # so that the next look goes past this function
        return value

    return get, lambda: sorted(home_of)
