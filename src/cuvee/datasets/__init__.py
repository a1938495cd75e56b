"""Datasets that runs used, and datasets to evaluate on."""
