"""Finding passes: the fast path and the general one, and what runs them."""
