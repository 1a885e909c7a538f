"""The command line: each group is a module, imported when it is called."""

from overflight.cli.root import main

__all__ = ["main"]
