"""The scoring server: one model, one process, several protocols."""
