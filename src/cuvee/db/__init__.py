"""The database kernel: connections that read, one writer that groups, and the metadata that rooms fill."""
