"""What came of what: one graph from the snapshot of a table to the endpoint, both ways."""
