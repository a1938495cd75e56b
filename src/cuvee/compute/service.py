"""What is kept of workloads, and how it may change. Nothing here starts or stops anything: see `reconcile.py`."""

from cuvee.compute import errors, store
from cuvee.compute.values import Phase, State, Status, Workload, WorkloadSpec
from cuvee.core import clock
from cuvee.db.session import Reading, Writing


def add(connection: Writing, spec: WorkloadSpec, *, project_id: str, owner_id: str, place: str) -> Workload:
    """Write down that a workload is about to be started. Its environment is not kept."""
    workload = Workload(
        id=spec.id,
        kind=spec.kind,
        project_id=project_id,
        owner_id=owner_id,
        place=place,
        command=spec.command,
        profile=spec.profile,
        state={"id": spec.id},
        created_at=clock.now_ms(),
    )
    store.add(connection, workload)
    return workload


def get(connection: Reading, workload_id: str) -> Workload:
    """A workload.

    Raises:
        WorkloadNotFound: when there is none with this id.

    """
    workload = store.find(connection, workload_id)
    if workload is None:
        raise errors.WorkloadNotFound
    return workload


def list_live(connection: Reading, place: str) -> list[Workload]:
    """All that has not ended, of one platform."""
    return store.list_live(connection, place)


def mark_started(connection: Writing, workload_id: str, state: State) -> Workload:
    """It runs; `state` is how to find it again. When it is being stopped already, that stays so."""
    present = get(connection, workload_id)
    phase = Phase.RUNNING if present.phase is Phase.STARTING else present.phase
    store.change(connection, workload_id, {"state": dict(state), "phase": phase, "started_at": clock.now_ms()})
    return get(connection, workload_id)


def mark_stopping(connection: Writing, workload_id: str, reason: str) -> Workload:
    """Somebody wants it to end. What has ended, or is being stopped for another reason, stays as it is."""
    present = get(connection, workload_id)
    if present.phase in {Phase.STOPPING, Phase.ENDED}:
        return present
    store.change(connection, workload_id, {"phase": Phase.STOPPING, "reason": reason})
    return get(connection, workload_id)


def mark_ended(connection: Writing, workload_id: str, status: Status) -> Workload:
    """It ended. Who asked for that is a better reason than that it was asked."""
    present = get(connection, workload_id)
    reason = present.reason if present.phase is Phase.STOPPING and present.reason else status.reason
    changes = {
        "phase": Phase.ENDED,
        "ended_at": status.ended_at or clock.now_ms(),
        "exit_code": status.exit_code,
        "reason": reason,
    }
    store.change(connection, workload_id, changes)
    return get(connection, workload_id)
