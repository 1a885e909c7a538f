"""Light: the sun, the Earth's shadow, and what can be seen."""
