"""Tables of data: an Iceberg catalog for every project, and what runs did with its snapshots."""
