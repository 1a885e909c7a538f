"""How fast Overflight is, as ratios to Skyfield in the same run: ``python -m benchmarks``."""
