"""``overflight run``: the daemon."""

import asyncio
import logging
import os
import socket
from datetime import timedelta
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
    from overflight.wiring import group_queries, open_channels, open_source
    from scheduler import Connections, Daemon, DaemonOptions, serve

    settings = context.settings
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    # It warns whenever a tick falls due while the last one still works: every busy minute.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    log = logging.getLogger("overflight")
    options = DaemonOptions(
        worker=f"{socket.gethostname()}-{os.getpid()}",
        lease_s=settings.dispatch.lease_s,
        dispatch_interval_s=settings.dispatch.interval_s,
        plan_interval_s=settings.plan.interval_s,
        horizon=timedelta(hours=settings.plan.horizon_hours),
        max_age_days=settings.elements.max_age_days,
        element_files=settings.element_files,
        check_interval_s=settings.elements.check_interval_s,
        sources=[open_source(name, settings) for name in settings.elements.sources],
        satellites=settings.satellites,
        queries=group_queries(settings),
        update_interval=timedelta(hours=settings.elements.update_interval_hours),
    )
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
