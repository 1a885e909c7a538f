"""The root command, and how errors reach the person."""

import os
import signal
import sys
from collections.abc import Mapping
from io import TextIOWrapper
from typing import Any

import click

from overflight import __version__, console
from overflight.cli.context import Context
from overflight.cli.lazy import LazyGroup
from overflight.errors import OverflightError

MODULES = {
    "demo": ("overflight.cli.demo:demo", "Rehearse a day of greetings on bundled data."),
    "passes": ("overflight.cli.passes.command:passes", "Preview the passes over a place."),
    "tle": ("overflight.cli.tle.group:tle", "Load, list and show element sets."),
    "customers": ("overflight.cli.customers:customers", "Import, list and show customers."),
    "campaign": ("overflight.cli.campaign:campaign", "Say what to send to whom, and arm it."),
    "plan": ("overflight.cli.plan:plan", "Join customers, passes and campaigns into the queue."),
    "rehearse": ("overflight.cli.rehearse:rehearse", "Run it all on a copy, on a virtual clock."),
    "run": ("overflight.cli.run:run", "Run the daemon that delivers."),
    "queue": ("overflight.cli.queue:queue", "List, show and cancel planned messages."),
    "status": ("overflight.cli.status:status", "Show what is planned, sent and waiting."),
    "doctor": ("overflight.cli.doctor:doctor", "Examine this installation."),
    "config": ("overflight.cli.config:config", "Write and show the settings."),
}


def _overrides(
    _ctx: click.Context, _option: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise click.BadParameter(f"expected KEY=VALUE, such as smtp.port=2525, got '{pair}'")
    return dict(pair.split("=", 1) for pair in pairs)


@click.group(
    cls=LazyGroup,
    modules=MODULES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: overflight tle load stations.txt && overflight passes Berlin",
)
@click.option("--home", metavar="DIR", help="Where Overflight keeps its state [OVERFLIGHT_HOME].")
@click.option("--set", "overrides", metavar="KEY=VALUE", multiple=True, callback=_overrides,
              help="Override one setting, such as smtp.port=2525, whatever environment and file "
              "say; may be repeated. 'overflight config show' lists the keys.")  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Show tracebacks.")
@click.version_option(__version__, prog_name="overflight")
@click.pass_context
def cli(ctx: click.Context, home: str | None, overrides: Mapping[str, str], verbose: bool) -> None:
    """Deliver personalised messages while a satellite passes over each recipient."""
    context = ctx.ensure_object(Context)
    context.home_option, context.overrides, context.verbose = home, overrides, verbose
    if ctx.invoked_subcommand not in (None, "demo"):
        os.umask(0o077)


def main() -> None:
    """Run the command line; every error becomes one clear message and an exit code."""
    # A killed rehearsal must take its private copy with it; the daemon has handlers of its own.
    for stop in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(stop) != signal.SIG_IGN:  # as nohup does
            signal.signal(stop, signal.default_int_handler)
    _print_what_can_be_printed()
    context = Context()
    try:
        result = cli.main(standalone_mode=False, prog_name="overflight", obj=context)
        sys.stdout.flush()
    except click.ClickException as error:
        console.say(_explain_usage(error))
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        console.say("interrupted")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last wall: nobody is shown a traceback unasked
        if context.verbose:
            import traceback

            traceback.print_exc()
        console.say(_explain(error))
        sys.exit(1)
    sys.exit(result if isinstance(result, int) else 0)


def _print_what_can_be_printed() -> None:
    """Let a terminal that knows no umlaut show ``?`` instead of ending a table half-way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _explain_usage(error: click.ClickException) -> str:
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return message
    text = f"error: {message}"
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return text
    usage, path = error.ctx.get_usage(), error.ctx.command_path
    return f"{usage}\nTry '{path} --help' for help.\n\n{text}"


def _explain(error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename:
        text = f"error: {error.filename}: {error.strerror}"
    elif isinstance(error, _expected_errors()):
        from overflight.cli.advice import with_advice

        text = f"error: {with_advice(error)}"
    else:
        text = (
            f"error: unexpected {type(error).__name__}: {error} (overflight -v COMMAND shows where)"
        )
    cause = error.__cause__
    if cause is not None and str(cause) and str(cause) not in text:
        text += f"\n  because: {cause}"
    return text


def _expected_errors() -> tuple[type[Exception], ...]:
    from messaging.errors import MessagingError
    from orbit.errors import OrbitError
    from tle.errors import TleError

    known: tuple[Any, ...] = (OverflightError, TleError, OrbitError, MessagingError)
    return (*known, OSError)
