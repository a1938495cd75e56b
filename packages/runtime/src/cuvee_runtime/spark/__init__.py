"""Spark in a session: what its Python does differently there."""
