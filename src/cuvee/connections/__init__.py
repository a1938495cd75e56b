"""Named ways to data that lies elsewhere, and their secrets."""
