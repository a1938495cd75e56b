"""A project's data connections, from inside a session."""
