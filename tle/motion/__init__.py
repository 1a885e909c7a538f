"""What element sets mean: everything that propagates them by SGP4."""
