"""``python -m overflight``."""

from overflight.cli import main

main()
