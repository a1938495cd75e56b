"""Serving: models behind an address, from a build over a deployment with its replicas to an answered call."""
