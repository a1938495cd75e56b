"""What happens to runs that others may want to react to, within the same transaction (see db/reactions.py).

Only what a run's own life is made of: logging to it announces nothing, nor do imports of runs that are over.
"""

from dataclasses import dataclass

from cuvee.tracking.values import RunInfo


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run was made, and is running."""

    run: RunInfo


@dataclass(frozen=True, slots=True)
class RunMoved:
    """A run has another status than before: it ended in one way or another, or goes on again."""

    run: RunInfo
