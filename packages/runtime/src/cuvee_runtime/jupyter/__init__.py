"""How a session's Jupyter Server is started: `python -m cuvee_runtime.jupyter`."""
