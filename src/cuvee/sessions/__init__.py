"""Sessions: a project's kernel, what runs in it, and what it said."""
