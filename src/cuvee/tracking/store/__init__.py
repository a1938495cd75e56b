"""Every query this room makes, by subject. No rules here: those are in the modules beside this folder."""
