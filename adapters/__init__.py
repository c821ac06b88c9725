"""One folder per system, all alike; found by convention from the `kind` of a connection or book."""
