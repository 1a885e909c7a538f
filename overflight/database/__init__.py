"""The database behind the port: SQLite on a laptop, PostgreSQL beyond it, one schema on both."""
