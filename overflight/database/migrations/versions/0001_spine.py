"""Element sets, customers, consent, campaigns, passes, the queue and its ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite numbers rows by itself only where the type is spelled INTEGER.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; all times are milliseconds since 1970 UTC."""
    _numbering()
    _element_sets()
    _people()
    _campaigns()
    _passes()
    _queue()


def _numbering() -> None:
    numbering = op.create_table(
        "numbering",  # the last number given out, for tables that are filled in bulk
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last_no", sa.BigInteger, nullable=False),
    )
    names = ("chunk", "customer", "message", "satellite_pass")
    op.bulk_insert(numbering, [{"name": name, "last_no": 0} for name in names])


def _element_sets() -> None:
    op.create_table(
        "element_set",
        sa.Column("element_set_no", NUMBER, primary_key=True),
        sa.Column("norad_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("epoch_ms", sa.BigInteger, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("loaded_ms", sa.BigInteger, nullable=False),
        sa.Column("elements", sa.Text, nullable=False),
        sa.UniqueConstraint("norad_id", "content_hash"),
    )
    op.create_index("element_set_in_force", "element_set", ["norad_id", "epoch_ms"])


def _people() -> None:
    op.create_table(
        "customer",
        sa.Column("customer_no", NUMBER, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("city", sa.Text, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("latitude_deg", sa.Double, nullable=False),
        sa.Column("longitude_deg", sa.Double, nullable=False),
        sa.Column("horizon_mask", sa.Text, nullable=False, server_default=""),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("imported_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "consent",
        sa.Column("consent_no", NUMBER, primary_key=True),
        sa.Column("customer_no", NUMBER, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("recorded_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("consent_of_customer", "consent", ["customer_no"])


def _campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("campaign_no", NUMBER, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("plan_no", sa.Integer, nullable=False, server_default="0"),
        sa.Column("planned_from", sa.Text, nullable=False, server_default=""),
        sa.Column("planned_until_ms", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "campaign_version",
        sa.Column("campaign_no", NUMBER, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("definition_hash", sa.Text, nullable=False),
        sa.Column("loaded_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "campaign_event",
        sa.Column("event_no", NUMBER, primary_key=True),
        sa.Column("campaign_no", NUMBER, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )


def _passes() -> None:
    op.create_table(
        "satellite_pass",
        sa.Column("pass_no", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("pass_id", sa.Text, nullable=False, unique=True),
        sa.Column("norad_id", sa.Integer, nullable=False),
        sa.Column("latitude_deg", sa.Double, nullable=False),
        sa.Column("longitude_deg", sa.Double, nullable=False),
        # What hides it, too, makes a pass: those over a mask are others than over an open horizon.
        sa.Column("mask_key", sa.Text, nullable=False, server_default=""),
        sa.Column("culmination_ms", sa.BigInteger, nullable=False),
        sa.Column("culmination_azimuth_deg", sa.Double, nullable=False),
        sa.Column("culmination_elevation_deg", sa.Double, nullable=False),
        sa.Column("culmination_range_km", sa.Double, nullable=False),
        sa.Column("element_epoch_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("pass_by_satellite", "satellite_pass", ["norad_id", "culmination_ms"])
    op.create_table(
        "pass_crossing",  # AOS and LOS belong to a threshold, the pass does not
        sa.Column("pass_no", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("min_elevation_deg", sa.Double, primary_key=True),
        sa.Column("aos_ms", sa.BigInteger),
        sa.Column("aos_azimuth_deg", sa.Double),
        sa.Column("los_ms", sa.BigInteger),
        sa.Column("los_azimuth_deg", sa.Double),
        sa.Column("visible", sa.Integer, nullable=False),
        sa.Column("element_epoch_ms", sa.BigInteger, nullable=False),
    )


def _queue() -> None:
    op.create_table(
        "chunk",
        sa.Column("chunk_no", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("campaign_no", NUMBER, nullable=False),
        sa.Column("campaign_version", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("lease_owner", sa.Text, nullable=False, server_default=""),
        sa.Column("lease_token", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("leased_until_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("done_ms", sa.BigInteger),
    )
    is_open = sa.text("done_ms IS NULL")
    op.create_index(
        "chunk_open", "chunk", ["due_ms"], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_table(
        "message",
        sa.Column("message_no", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("chunk_no", NUMBER, nullable=False),
        sa.Column("campaign_no", NUMBER, nullable=False),
        sa.Column("campaign_version", sa.Integer, nullable=False),
        sa.Column("customer_no", NUMBER, nullable=False),
        sa.Column("pass_no", NUMBER, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("not_before_ms", sa.BigInteger, nullable=False),
        sa.Column("due_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("campaign_no", "customer_no", "pass_no", "kind", "revision"),
    )
    op.create_index("message_of_chunk", "message", ["chunk_no"])
    op.create_table(
        "ledger",
        sa.Column("entry_no", NUMBER, primary_key=True),
        sa.Column("message_no", NUMBER, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("ledger_of_message", "ledger", ["message_no"])
    is_intent = sa.text("event = 'intent'")
    op.create_index(
        "ledger_one_intent",  # the last wall against sending twice
        "ledger",
        ["message_no", "attempt"],
        unique=True,
        sqlite_where=is_intent,
        postgresql_where=is_intent,
    )
    op.create_table(
        "suppression",  # why a customer gets nothing, decided while planning
        sa.Column("campaign_no", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("customer_no", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("started_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_ms", sa.BigInteger, nullable=False),
    )
