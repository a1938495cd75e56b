"""Everything that runs user code is a workload, started, watched and stopped here."""
