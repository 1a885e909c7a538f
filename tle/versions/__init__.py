"""What the store holds of each satellite, and which of it is in force."""
