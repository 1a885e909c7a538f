"""The channel "smtp": messages as e-mail."""
