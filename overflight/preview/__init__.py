"""Previews: the passes over one place, or over a file of many, on screens and in files."""
