"""The seam behind which workloads run: three verbs."""

from typing import Protocol

from cuvee.compute.values import State, Status, WorkloadSpec


class Engine(Protocol):
    """Runs workloads somewhere. What it needs to find one again, it puts into the state that `start` returns.

    A state is a small JSON value that holds at least `{"id": <the workload's id>}`. When the platform was killed
    before it could keep the answer of `start`, that is all it has; the verbs must work with it all the same.
    No verb may block the event loop. `cuvee.testing.engines` holds the contract as tests.
    """

    async def start(self, spec: WorkloadSpec) -> State:
        """Start a workload, which from then on does not depend on this process. Returns when it runs or has failed.

        A command that cannot be run is not an error here: the workload ends with code 127.

        Raises:
            AlreadyStarted: when this id was started before, also when that workload has ended since.
            CannotStart: when nothing could be started. Nothing is left running.

        """

    async def poll(self, state: State) -> Status:
        """What is known now, at the cost of microseconds: it is asked a few times a second.

        - It runs, whoever started it: running. Also while it is being stopped.
        - It ended by itself: ended, with its exit code, also when no platform was there at that moment.
        - It was stopped or killed for a limit: ended, with an exit code and the reason.
        - It ended and nobody saw how (the machine was switched off, its supervisor was killed), or it was never
          started: ended, without an exit code, with the reason.

        Once ended, the answer stays the same for ever. It never raises for a state of this engine.
        """

    async def stop(self, state: State) -> None:
        """Ask the workload to end, wait its grace, kill all of it. Returns when nothing of it runs any more.

        What has ended or was never started stays as it is: stopping twice is no error.
        """
