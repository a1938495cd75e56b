"""Jupyter Server as it is, only sooner.

It validates its own events with `jsonschema`, which offers to check addresses with letters beyond ASCII when it can; to
be able to, it has a grammar of them compiled on every start, which takes longer than all the rest. No event has one.
"""

import sys

sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # what is None here cannot be imported

from jupyter_server.serverapp import main  # noqa: E402 - after the line above

main()
