"""``overflight run``: the daemon."""

import asyncio
import logging
import os
import socket
from typing import TYPE_CHECKING

import click

from overflight.cli.options import example

if TYPE_CHECKING:
    from overflight.cli.context import Context


@click.command(epilog=example("run"))
@click.pass_obj
def run(context: "Context") -> None:
    """Run the daemon that plans and delivers, until SIGTERM or Ctrl-C.

    It fetches element sets from the sources in overflight.toml, reloads watched files that change,
    plans ahead, and sends what is due. Several may run on one database: they share the work.
    """
    from messaging.clock import SystemClock
    from overflight.database.opening import open_database
    from overflight.wiring import daemon_options, open_channels
    from scheduler import Connections, Daemon, serve

    settings = context.settings
    log = _open_log()
    options = daemon_options(settings, worker=f"{socket.gethostname()}-{os.getpid()}")
    connections = Connections(
        delivery=context.database,
        planning=open_database(settings.database_url),
        elements=open_database(settings.database_url),
    )
    channels = open_channels(settings)

    async def serving() -> None:
        daemon = Daemon(connections, channels, SystemClock(), options)
        await serve(
            daemon,
            options,
            ready=lambda: log.info("ready: channels %s", ", ".join(sorted(channels))),
        )

    asyncio.run(serving())
    log.info("stopped")


def _open_log() -> logging.Logger:
    """Let everybody's log go to stderr, without what APScheduler and Alembic say all the time."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    # It warns whenever a tick falls due while the last one still works: every busy minute.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return logging.getLogger("overflight")
