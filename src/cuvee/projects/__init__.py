"""Projects: what work belongs to, the folder it is done in, and who takes part."""
