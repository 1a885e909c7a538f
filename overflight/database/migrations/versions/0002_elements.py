"""What is thought of an element set, which one is pinned, adopted numbers, and the sources."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and tables; all times are milliseconds since 1970 UTC."""
    _element_sets()
    _satellites()
    _sources()


def _element_sets() -> None:
    for column in (
        sa.Column("verdict", sa.Text, nullable=False, server_default="plausible"),
        sa.Column("verdict_reason", sa.Text, nullable=False, server_default=""),
        sa.Column("accepted_ms", sa.BigInteger),  # when an operator overruled the verdict
    ):
        op.add_column("element_set", column)
    op.create_index("element_set_content", "element_set", ["content_hash"])
    # What is in force is found in the index alone.
    op.drop_index("element_set_in_force", "element_set")
    op.create_index(
        "element_set_in_force", "element_set", ["norad_id", "epoch_ms", "verdict", "accepted_ms"]
    )
    op.execute(
        "INSERT INTO numbering (name, last_no) "
        "SELECT 'element_set', COALESCE(MAX(element_set_no), 0) FROM element_set"
    )


def _satellites() -> None:
    op.create_table(
        "element_pin",  # holds until a newer epoch than the one that was in force
        sa.Column("norad_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("element_set_no", sa.BigInteger, nullable=False),
        sa.Column("until_epoch_ms", sa.BigInteger, nullable=False),
        sa.Column("pinned_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "adoption",  # the temporary number of a satellite that has got its real one
        sa.Column("temporary_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("norad_id", sa.Integer, nullable=False),
        sa.Column("adopted_ms", sa.BigInteger, nullable=False),
    )


def _sources() -> None:
    op.create_table(
        "source_request",  # what was asked of whom: limits are derived from it
        sa.Column("request_no", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("source_request_by_time", "source_request", ["source", "at_ms"])
    op.execute("INSERT INTO numbering (name, last_no) VALUES ('source_request', 0)")
