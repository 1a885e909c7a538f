"""The tests; ``tests.making`` holds the builders they share."""
