"""Overflight: personalised messages, delivered while a satellite passes over each recipient."""

__version__ = "0.1.0"

__all__ = ["__version__"]
