"""Iceberg tables for those who train on them: which snapshot was used, time travel, rollback and tags."""
