"""What a fresh home offers: to fetch the element sets that a question is about."""

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overflight.cli.context import Context

Answer = TypeVar("Answer")
_LISTED = 3


def with_offer(context: "Context", find: Callable[[], Answer]) -> Answer:
    """Return what ``find`` finds; where nothing is stored yet, offer to fetch what it lacks.

    Only a person at a terminal is asked; everybody else gets the error as it is.

    Raises:
        NoElements: elements are lacking, and were not fetched.
    """
    from overflight.errors import NoElements

    try:
        return find()
    except NoElements as error:
        if not (error.norad_ids and _may_ask(context) and _confirmed(context, error.norad_ids)):
            raise
        missing = error.norad_ids
    _fetch(context, missing)
    return find()


def _may_ask(context: "Context") -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty() and context.settings.elements.sources):
        return False
    if not context.has_database:
        return True
    from tle.versions.in_force import in_force

    with context.database.reading() as reader:
        return not in_force(reader, now=context.now())


def _confirmed(context: "Context", norad_ids: "Sequence[int]") -> bool:
    from tle import everyday_name
    from tle.sources.providers import PROVIDERS

    names = [everyday_name(norad_id, "") for norad_id in norad_ids]
    listed = f"{len(names)} satellites" if len(names) > _LISTED else " and ".join(names)
    provider = PROVIDERS[context.settings.elements.sources[0]].title
    question = f"No element sets yet. Fetch {listed} from {provider} now?"
    return click.confirm(question, default=True, err=True)


def _fetch(context: "Context", norad_ids: "Sequence[int]") -> None:
    from overflight.cli.tle.update import ask
    from tle.sources.asking import BySatellites

    with redirect_stdout(sys.stderr):  # standard output is for the passes, maybe as JSON
        ask(context, context.settings.elements.sources[0], [BySatellites(tuple(norad_ids))])
