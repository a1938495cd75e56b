"""Experiments, runs, their parameters, tags and metric series, and the search over them."""
