"""``overflight customers``: import, list and show customers."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overflight import console
from overflight.cli.cells import cell
from overflight.cli.lazy import HelpfulGroup
from overflight.cli.options import example, format_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from overflight.cli.context import Context
    from overflight.customers.importing import Batch, Save
    from overflight.views.customers import CustomerView, PersonView

TABLE_ROWS = 50
SHOWN = 3
IMPORT_HELP = """Import customers from a CSV file in UTF-8, separated by commas, semicolons or tabs.

\b
Columns of the first line, in any order:
  id               yours, and never changing; required
  city, country    where the customer is: "Berlin", "DE" or "Paris, Texas"
  latitude, longitude
                   the same in degrees, north and east positive; these win
  name, email      may be empty, as all that follow
  language         such as de or pt-BR
  time_zone        such as Europe/Berlin; empty: by the place
  horizon_mask     what hides the sky: azimuth:elevation pairs such as 0:10 90:25
  consent          yes, y, true, 1, granted; or no, n, false, 0, withdrawn
  consent_purpose  such as marketing, or several: news|marketing
  consent_channel  email (the same as smtp), file, or any
  consent_at       such as 2026-10-31T18:30:00Z; UTC if no zone is given
  consent_wording, consent_source
                   kept as they are

Any other column is an attribute of the customer, named in small letters, digits and
underscores. One that looks like a misspelt known column refuses the file, unless it is named
with --attribute.

Only a clear yes with purpose and channel is a consent, and only if it is later than the last
withdrawal. A clear no withdraws: without purpose or channel, all of it. Anything else records
nothing.

An id that holds an @ or at least 10 digits, or 7 after a plus, may be an address or a phone
number: it is refused, or with --hash-ids stored as a keyed hash. UUIDs and hashes are fine.

Positions are rounded ([privacy] grid_deg), horizon masks to whole degrees; the exact ones are
not stored. A row that cannot be used is refused by line and column and the others are kept; then
the exit code is 1. Importing a file again changes nothing; what the file has no column for stays
as it was.
"""
HEADERS = ("id", "name", "email", "language", "time_zone", "city", "country")

reveal_option = click.option("--reveal", is_flag=True, help="Show e-mail addresses in full.")


@click.group(cls=HelpfulGroup, epilog=example("customers import customers.csv", "customers list"))
def customers() -> None:
    """Import, list and show customers."""


@customers.command(
    "import",
    help=IMPORT_HELP,
    epilog=example("customers import customers.csv --dry-run", "customers import customers.csv"),
)
@click.argument("file", metavar="FILE.csv")
@click.option("--dry-run", is_flag=True, help="Check everything, store nothing.")
@click.option("--hash-ids", is_flag=True, help="Store ids that look personal as keyed hashes.")
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    metavar="NAME",
    help="This column is an attribute, though it looks like a misspelt one.",
)
@click.pass_obj
def import_(
    context: "Context", file: str, dry_run: bool, hash_ids: bool, attributes: tuple[str, ...]
) -> int:
    """Import a file; what a person reads is ``IMPORT_HELP``."""
    from overflight.customers.importing import check_file, import_customers, load_id_key

    now = context.now()
    checked = check_file(Path(file), attributes=attributes)
    batches = import_customers(
        checked,
        save=_way_to_save(context, now, dry_run=dry_run),
        grid_deg=context.settings.privacy.grid_deg,
        now=now,
        id_key=load_id_key(context.home, create=not dry_run) if hash_ids else None,
    )
    counts = ImportCounts()
    try:
        _follow(batches, counts, total=checked.lines)
    except BaseException:
        if counts.last_line and not dry_run:
            console.say(
                f"stopped: the rows up to line {counts.last_line} are stored, the others are not; "
                "importing the file again adds what is missing"
            )
        raise
    _report(counts, dry_run=dry_run)
    return 1 if counts.refused else 0


def _way_to_save(context: "Context", now: "datetime", *, dry_run: bool) -> "Save":
    from overflight.customers.importing import save_in, try_on

    if not dry_run:
        return save_in(context.database, now=now)
    return try_on(context.stored)


@dataclass(slots=True, kw_only=True)
class ImportCounts:
    """What an import did so far."""

    last_line: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    consent: int = 0
    unclear: Counter[str] = field(default_factory=Counter)

    def add(self, batch: "Batch") -> None:
        """Count a batch in."""
        self.last_line = batch.last_line
        self.added += len(batch.changes.added)
        self.updated += len(batch.changes.updated)
        self.unchanged += batch.changes.unchanged
        self.refused += len(batch.refusals)
        self.consent += batch.changes.consent_count
        self.unclear += batch.unclear


def _follow(batches: "Iterable[Batch]", counts: ImportCounts, *, total: int) -> None:
    from overflight.cli.advice import with_advice

    with console.progress() as bar:
        task = bar.add_task("lines", total=total)
        for batch in batches:
            for line, error in batch.refusals:
                console.say(f"refused: line {line}: {with_advice(error)}")
            counts.add(batch)
            bar.update(task, completed=batch.last_line)


def _report(counts: ImportCounts, *, dry_run: bool) -> None:
    if counts.unclear:
        reasons = "; ".join(reason for reason, _ in counts.unclear.most_common(SHOWN))
        more = "; and more" if len(counts.unclear) > SHOWN else ""
        rows = counts.unclear.total()
        console.warn(f"no consent recorded for {rows} row{'s' * (rows != 1)}: {reasons}{more}")
    console.print_line(
        ("dry run, nothing is stored: " if dry_run else "")
        + f"{counts.added} added, {counts.updated} updated, {counts.unchanged} unchanged, "
        f"{counts.refused} refused; {counts.consent} consent records added"
    )


@customers.command("list", epilog=example("customers list", "customers list --limit 10 --json"))
@format_option("table", "json")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help=f"At most so many.  [default: {TABLE_ROWS} in a table, all as JSON]",
)
@reveal_option
@click.pass_obj
def list_(context: "Context", output_format: str, limit: int | None, reveal: bool) -> None:
    """List customers in the order they were added."""
    from itertools import islice

    from overflight.views.customers import list_customers

    as_json = output_format == "json"
    most = limit if limit or as_json else TABLE_ROWS
    with context.reading() as reader:
        # One more than is shown tells whether there are more.
        found = list_customers(reader, limit=most and most + 1, reveal=reveal)
        shown = islice(found, most)
        if as_json:
            empty = _print_array(shown) == 0
        else:
            rows = [tuple(getattr(each, key) for key in HEADERS) for each in shown]
            console.print_table(HEADERS, rows)
            empty = not rows
        if empty:
            console.say("no customers yet; import some: overflight customers import FILE.csv")
        elif not limit and next(found, None):
            console.say(f"the first {most}; --limit shows more")


def _print_array(values: "Iterator[CustomerView]") -> int:
    """Write a JSON array value by value; return how many there were."""
    from overflight.json_text import json_text

    count = 0
    for count, value in enumerate(values, start=1):
        sys.stdout.write(",\n" if count > 1 else "[\n")
        sys.stdout.write(json_text(value))
    console.print_line("\n]" if count else "[]")
    return count


@customers.command(epilog=example("customers show c-001", "customers show c-001 --json --reveal"))
@click.argument("customer_id", metavar="ID")
@format_option("table", "json")
@reveal_option
@click.pass_obj
def show(context: "Context", customer_id: str, output_format: str, reveal: bool) -> int:
    """Show one customer, what is on record of their consent, and what it comes to."""
    from overflight.views.customers import show_customer

    stored_id = _stored_id(context, customer_id)
    with context.reading() as reader:
        found = show_customer(reader, stored_id, reveal=reveal, now=context.now())
    if found is None:
        console.say("no customer has this id; see: overflight customers list")
        return 1
    if output_format == "json":
        console.print_json(found.facts())
    else:
        _print_person(found)
    return 0


def _stored_id(context: "Context", customer_id: str) -> str:
    """Return an id as it is stored: as a hash where it looks personal and this home hashes."""
    from messaging.people.ids import hashed_id, looks_personal
    from overflight.customers.importing import KEY_FILE, load_id_key

    if looks_personal(customer_id) and (context.home / KEY_FILE).exists():
        return hashed_id(customer_id, load_id_key(context.home, create=False))
    return customer_id


def _print_person(found: "PersonView") -> None:
    from dataclasses import asdict

    facts = asdict(found.customer)
    attributes = facts.pop("attributes")
    facts |= {f"attribute {key}": value for key, value in attributes.items()}
    console.print_facts((key, str(value)) for key, value in facts.items())
    for title, values in (("standing", found.standing), ("consent", found.consent)):
        if values:
            rows = [asdict(each) for each in values]
            cells = [[cell(value or "-") for value in row.values()] for row in rows]
            console.print_line(f"\n{title}")
            console.print_table(tuple(rows[0]), cells)
    if not found.consent:
        console.say("no consent is on record: nothing is sent to this customer")
