"""``overflight demo``: a rehearsal on bundled data."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from overflight.cli.context import Context


@click.command(epilog=example("demo", "demo --customers 10000 --output /tmp/demo"))
@click.option("--output", "--out", type=click.Path(path_type=Path), help="Folder for messages.  "
              "[default: a new one]")  # fmt: skip
@click.option("--customers", type=click.IntRange(1, 1_000_000), default=1_000, show_default=True,
              help="How many invented customers.")  # fmt: skip
@click.option("--hours", type=click.IntRange(1, 24), default=24, show_default=True,
              help="How much of 10 October 2026.")  # fmt: skip
@format_option("table", "json")
@click.pass_obj
def demo(
    _context: "Context", output: Path | None, customers: int, hours: int, output_format: str
) -> int:
    """Rehearse a day of greetings on bundled data.

    Invented customers in 75 countries are greeted by the International Space Station and Tiangong,
    as these flew on 10 October 2026. Nothing outside the output folder is touched.
    """
    import tempfile
    from datetime import timedelta

    from overflight.cli.rehearse import print_summary
    from overflight.rehearsal.demo_data import START, prepare
    from overflight.rehearsal.live import LiveView
    from overflight.rehearsal.run import RehearsalOptions, rehearse

    output = output or Path(tempfile.mkdtemp(prefix="overflight-demo-"))
    end = START + timedelta(hours=hours)
    with tempfile.TemporaryDirectory(prefix="overflight-home-") as folder:
        home = Path(folder)
        database = prepare(home, customers=customers)
        options = RehearsalOptions(start=START, end=end, output=output, sample=None)
        with LiveView(START, end) as view:
            summary = rehearse(database, home, options, view.show)
    print_summary(summary, output_format)
    console.say(
        f"The messages are lines of {output}/greetings.jsonl, and a few .eml files beside it.\n"
        "\nNext: with a file of current elements\n"
        "  overflight passes Berlin --elements FILE   # your own sky\n"
        "  overflight tle load FILE                   # keep them\n"
        "  overflight campaign init hello             # write your own campaign"
    )
    return 1 if summary.failed else 0
