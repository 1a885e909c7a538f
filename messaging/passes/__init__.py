"""Passes as planning and letters know them, under the names they were first given."""
