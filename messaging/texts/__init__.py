"""Texts: the language of templates, and the words they become for one person and one pass."""
