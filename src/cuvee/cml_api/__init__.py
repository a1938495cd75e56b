"""API v2 where it is not a single room's own: experiments and runs, which show what several rooms keep."""
