"""Contract suites and fakes, shipped for those who write plug-ins."""
