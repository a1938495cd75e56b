"""Every query this room makes. No rules here: those are in service.py and search.py."""
