"""Cuvée: an open, self-hosted machine-learning workbench."""
