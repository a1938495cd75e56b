"""API v2's doors to endpoints, builds and deployments."""
