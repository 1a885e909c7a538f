"""Customers' files and their keys, on this machine."""
