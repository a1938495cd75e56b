"""The protocols a model answers in. A door reads, asks the plane, and writes."""
