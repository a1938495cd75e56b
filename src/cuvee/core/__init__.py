"""What everything stands on: errors, ids, time, settings, paths. No HTTP, no SQL."""
