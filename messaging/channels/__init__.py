"""How messages leave: the port that every channel fits, and a folder for each channel."""
