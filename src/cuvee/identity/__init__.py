"""Users, API keys, roles and scopes."""
