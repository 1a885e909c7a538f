"""Delivery: from a leased chunk to what became of each of its messages."""
