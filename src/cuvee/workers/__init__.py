"""Further processes that answer requests to log, beside the first one."""
