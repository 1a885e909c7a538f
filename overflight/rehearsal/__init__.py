"""Rehearsals: the real thing on a copy of the database, on a clock that jumps."""
