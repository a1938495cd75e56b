"""The MLflow REST protocol: decode, ask a room's service, encode. No rules of its own."""
