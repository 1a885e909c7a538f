"""The queue: messages in chunks, who holds them, and what became of each."""
