"""What holds where nobody chooses."""

THRESHOLD_DEG = 10.0
"""Of AOS and LOS."""

GRID_DEG = 0.1
"""The privacy grid: to which positions are rounded, when they come in and in the ids of passes."""
