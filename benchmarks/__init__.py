"""What performance.md promises, measured side by side: one file a row, a driver and a report. README.md says how."""
