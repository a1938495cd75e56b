"""What a run said."""

from cuvee.db.session import Reading
from cuvee.jobs.messages import JobRunLogs
from cuvee.jobs.values import JobRun
from cuvee.sessions import outputs
from cuvee.sessions import service as sessions
from cuvee.sessions.outputs import server_log
from cuvee.sessions.values import Execution, Place

#: Bytes of the script's output that are shown.
_MOST = 4 * 1024 * 1024


def execution_of(connection: Reading, run: JobRun) -> Execution | None:
    """The run's script as it runs in its session; None when it was not begun."""
    return next(iter(sessions.list_executions(connection, run.id)), None)


def read(place: Place, ran: Execution | None) -> JobRunLogs:
    """What the script said, and its session's server."""
    events = outputs.tail(place.output(ran.id), 0, _MOST)[0] if ran else []
    return JobRunLogs(
        output=outputs.as_text(events),
        stdout=server_log(place, "stdout"),
        stderr=server_log(place, "stderr"),
    )
