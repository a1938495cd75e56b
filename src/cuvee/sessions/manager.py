"""Sessions, from their start to their end. What is slow happens here, between the transactions of `service.py`."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from cuvee.compute.reconcile import Workloads
from cuvee.compute.values import Kind, Phase, Workload
from cuvee.core import clock
from cuvee.core import errors as core_errors
from cuvee.core.background import Background
from cuvee.db.database import Database
from cuvee.projects import service as projects
from cuvee.proxy.values import Target
from cuvee.sessions import errors, jupyter, link, outputs, scripts, service
from cuvee.sessions.jupyter import Kernels
from cuvee.sessions.launch import Launcher
from cuvee.sessions.link import Link
from cuvee.sessions.outputs import Output
from cuvee.sessions.values import (
    Activity,
    Ending,
    Execution,
    ExecutionState,
    Place,
    Script,
    Session,
    SessionState,
    output_topic,
)

_MINUTE: Final = 60_000  # ms
_LOOK: Final = 1.0  # seconds between looks at who is idle
_LOST: Final = "the platform was restarted while this was to run, and how it ended was not seen"


@dataclass(slots=True, kw_only=True)
class _Live:
    """A session whose kernel can be reached."""

    session: Session
    kernels: Kernels
    link: Link
    outputs: dict[str, Output] = field(default_factory=dict)
    failures: dict[str, Ending] = field(default_factory=dict)


class Sessions:
    """Starts, runs and stops sessions. One of these lives as long as the platform."""

    def __init__(self, database: Database, workloads: Workloads, launcher: Launcher, home: Path) -> None:
        self._database = database
        self._workloads = workloads
        self._launcher = launcher
        self._home = home
        self._live: dict[str, _Live] = {}
        self._background = Background("a session")
        self._closing = False

    async def open(self) -> None:
        """Find the sessions of an earlier platform; called once at the start, after the workloads were found."""
        self._workloads.listen(self._workload_changed)
        for session in await self._database.read(service.list_live):
            workload = await self._found_workload(session)
            if (session.kind is Kind.JOB and workload is None) or self._workloads.is_elsewhere(workload):
                continue  # the jobs' scheduler starts it; another platform of this database cares for it
            if workload is None or not workload.is_live:
                why = workload.reason if workload else "the platform was stopped while the session was starting"
                await self._ended(session.id, SessionState.FAILED, why)
            elif session.state is SessionState.STARTING:
                self._background.spawn(self._bring_up(session, is_started=True))
            elif session.state is SessionState.RUNNING:
                await self._attach(session)
                self._background.spawn(self._work(session))
        self._background.spawn(self._stop_idle())

    async def close(self) -> None:
        """Let go of all kernels; they run on."""
        self._closing = True
        await self._background.close()
        for live in list(self._live.values()):
            await live.link.close()

    def begin(self, session: Session) -> None:
        """Start a session that was written down; returns at once."""
        self._background.spawn(self._bring_up(session, is_started=False))

    async def resume(self, session: Session) -> None:
        """Start a job's session of which an earlier platform started nothing."""
        if await self._found_workload(session) is None:
            self.begin(session)

    async def stop(self, session: Session, reason: str = "stopped") -> None:
        """Ask a session to end; returns at once."""
        await self._database.write(partial(service.mark_stopping, session_id=session.id, reason=reason))
        workload = await self._found_workload(session)
        if workload is None:
            # It is still being prepared: who prepares it sees that it is to end.
            return
        if not workload.is_live:
            await self._ended(session.id, SessionState.STOPPED, reason)
            return
        await self._workloads.stop(session.id, reason)

    async def stop_project(self, project_id: str) -> None:
        """Stop a project's sessions and wait for their end."""
        for session in await self._database.read(service.list_live):
            if session.project_id == project_id:
                await self.stop(session, "the project was deleted")
                if await self._found_workload(session) is not None:
                    await self._workloads.stop_and_wait(session.id)

    async def run(
        self, session: Session, *, file: str = "", arguments: tuple[str, ...] = (), code: str = ""
    ) -> Execution:
        """Run a file of the project or a piece of code in the session's kernel; returns when it is asked for.

        Raises:
            NothingToRun: when neither or both are given.
            NoSuchFile: when the file is not there.
            NotRunning: when the session does not run.
            HasItsScript: when the session is for a script.
            KernelUnreachable: when the kernel cannot be asked.

        """
        if bool(file) == bool(code):
            raise errors.NothingToRun
        if session.script is not None:
            raise errors.HasItsScript
        if file:
            folder = projects.directory(self._home, session.project_id)
            code = await asyncio.to_thread(scripts.command, folder, file, arguments)
        return await self._execute(session, code, file)

    async def _execute(self, session: Session, code: str, file: str) -> Execution:
        live = self._reachable(session)
        execution: Execution = await self._database.write(
            partial(service.add_execution, session_id=session.id, code=code, file=file)
        )
        live.outputs[execution.id] = Output(self.place(session).output(execution.id))
        try:
            await live.link.execute(execution.id, code)
        except core_errors.CuveeError as error:
            await self._finish(live, execution.id, Ending(ExecutionState.FAILED, error.message))
            raise
        return execution

    async def interrupt(self, session: Session) -> None:
        """As Ctrl-C in the session's kernel.

        Raises:
            NotRunning: when the session does not run.

        """
        live = self._reachable(session)
        await live.kernels.interrupt(live.session.kernel_id)

    async def restart(self, session: Session) -> None:
        """Restart the session's kernel: all variables are gone, what ran has failed.

        Raises:
            NotRunning: when the session does not run.

        """
        live = self._reachable(session)
        await live.kernels.restart(live.session.kernel_id)
        await self._kernel_died(session.id, "the kernel was restarted")

    async def ask(self, session: Session, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """What the session's kernel answers to a question about code.

        Raises:
            NotRunning: when the session does not run.
            KernelBusy, KernelUnreachable: when it cannot answer now.

        """
        return await self._reachable(session).link.ask(kind, content)

    def activity(self, session_id: str) -> Activity | None:
        """What a session's kernel does; None when it cannot be reached."""
        live = self._live.get(session_id)
        return Activity(is_busy=live.link.is_busy, active_at=live.link.active_at) if live else None

    def output(self, session: Session, execution: Execution) -> Output:
        """What an execution said; one object for all who follow it while it runs."""
        live = self._live.get(session.id)
        known = live.outputs.get(execution.id) if live else None
        return known or Output(self.place(session).output(execution.id))

    def target(self, session_id: str) -> tuple[Session, Target]:
        """Where the session's Jupyter Server is, for the proxy.

        Raises:
            NotRunning: when it is not.

        """
        live = self._live.get(session_id)
        if live is None:
            raise errors.NotRunning
        prefix, head = live.session.base_path, jupyter.token_header(self._launcher.token(session_id))
        return live.session, Target(port=live.session.port, prefix=prefix, headers=head)

    def touch(self, session_id: str) -> None:
        """Somebody uses the session in a way that the platform's own line does not see: it is not idle."""
        live = self._live.get(session_id)
        if live is not None:
            live.link.active_at = clock.now_ms()

    def place(self, session: Session) -> Place:
        """Where the session's files are."""
        return self.folder(session.id)

    def folder(self, session_id: str) -> Place:
        """Where the files are of the session of this id."""
        return self._launcher.place(session_id)

    async def _bring_up(self, session: Session, *, is_started: bool) -> None:
        try:
            if not is_started and not await self._launcher.launch(session):
                await self._ended(session.id, SessionState.STOPPED, "stopped before it had started")
                return
            port, kernel_id = await self._launcher.wait(session)
        except core_errors.CuveeError as error:
            if not self._closing:
                await self._give_up(session, error.message)
            return
        except OSError as error:
            await self._give_up(session, f"{error.filename or ''} {error.strerror}".strip())
            return
        # First the line, then the word: who reads that the session runs may use it at once.
        await self._attach(replace(session, port=port, kernel_id=kernel_id))
        running = await self._database.write(
            partial(service.mark_running, session_id=session.id, port=port, kernel_id=kernel_id)
        )
        if running is None or running.state is not SessionState.RUNNING:
            await self._detach(session.id)
            # Somebody asked for its end after its process was started and before it was known.
            if running is not None:
                await self._workloads.stop(session.id, running.reason)
        else:
            await self._work(running)

    async def _work(self, session: Session) -> None:
        """Have a session that is for a script run it, unless an earlier platform did; it ends with it."""
        if session.script is None:
            return
        known = await self._database.read(partial(service.list_executions, session_id=session.id))
        if not known:
            await self._begin_script(session, session.script)
        elif known[0].is_finished:
            await self._end_with(session, known[0].id)

    async def _begin_script(self, session: Session, script: Script) -> None:
        folder = self.place(session).code if script.code else projects.directory(self._home, session.project_id)
        try:
            code = await asyncio.to_thread(scripts.command, folder, script.file, script.arguments)
            await self._execute(session, code, script.file)
        except core_errors.CuveeError as error:
            await self._give_up(session, f"the script {script.file} could not be run: {error.message}")

    async def _end_with(self, session: Session, execution_id: str) -> None:
        done = await self._database.read(
            partial(service.get_execution, session_id=session.id, execution_id=execution_id)
        )
        await self.stop(session, scripts.ending(done))

    async def _give_up(self, session: Session, reason: str) -> None:
        await self._ended(session.id, SessionState.FAILED, reason)
        workload = await self._found_workload(session)
        if workload is not None and workload.is_live:
            await self._workloads.stop(session.id, reason)

    async def _attach(self, session: Session) -> None:
        """Open the line to a session's kernel, and go on with what an earlier platform asked it."""
        # Read before anybody can reach the session: what is asked from then on is no earlier platform's.
        known = await self._database.read(partial(service.list_executions, session_id=session.id))
        live = _Live(
            session=session,
            kernels=self._launcher.kernels(session),
            link=Link(
                partial(self._launcher.connect, session),
                said=partial(self._said, session.id),
                caught=partial(self._caught, session.id),
                died=partial(self._kernel_died, session.id, "the kernel died: it may have lacked memory"),
            ),
        )
        self._live[session.id] = live
        unfinished = [execution for execution in known if not execution.is_finished]
        for execution in unfinished:
            live.outputs[execution.id] = Output(self.place(session).output(execution.id))
        live.link.open(frozenset(execution.id for execution in unfinished))

    async def _detach(self, session_id: str) -> _Live | None:
        """Hang up; what can be reached no longer, if it could."""
        live = self._live.pop(session_id, None)
        if live is not None:
            await live.link.close()
        return live

    async def _said(self, session_id: str, execution_id: str, kind: str, content: dict[str, Any]) -> None:
        live = self._live.get(session_id)
        if live is None or execution_id not in live.outputs:
            return
        match kind:
            case "busy":
                await self._database.write(partial(service.begin_execution, execution_id=execution_id))
            case "idle":
                succeeded = Ending(ExecutionState.SUCCEEDED, exit_code=0)
                await self._finish(live, execution_id, live.failures.pop(execution_id, succeeded))
            case "error":
                result = link.outcome(content["ename"], content["evalue"])
                live.failures[execution_id] = result
                if result.state is not ExecutionState.SUCCEEDED:
                    await live.outputs[execution_id].append(kind, content)
            case _:
                await live.outputs[execution_id].append(kind, content)
        self._grew(session_id)

    def _grew(self, session_id: str) -> None:
        self._database.events.publish([output_topic(session_id)])

    async def _caught(self, session_id: str, ended: frozenset[str]) -> None:
        live = self._live.get(session_id)
        if live is None:
            return
        for execution_id in ended:
            await self._finish(live, execution_id, self._seen_end(live, execution_id))

    def _seen_end(self, live: _Live, execution_id: str) -> Ending:
        """An end that was written down, although the database was not told; else it was lost."""
        for event in outputs.read(self.place(live.session).output(execution_id)):
            if event.kind == outputs.END:
                said = event.content
                return Ending(ExecutionState(said["state"]), said["reason"], said.get("exit_code"))
        return Ending(ExecutionState.LOST, _LOST)

    async def _kernel_died(self, session_id: str, reason: str) -> None:
        live = self._live.get(session_id)
        if live is None:
            return
        for execution_id in list(live.outputs):
            await self._finish(live, execution_id, Ending(ExecutionState.FAILED, reason))

    async def _finish(self, live: _Live, execution_id: str, ending: Ending) -> None:
        """The output's end is written before the database is told, so that a kill in between can be mended."""
        output = live.outputs.get(execution_id)
        await self._write_end(output, ending)
        await self._database.write(partial(service.finish_execution, execution_id=execution_id, ending=ending))
        live.outputs.pop(execution_id, None)
        self._grew(live.session.id)
        if live.session.script is not None and not self._closing:
            # Not here: this may be the line's own task, which the session's end waits for.
            self._background.spawn(self._end_with(live.session, execution_id))

    async def _write_end(self, output: Output | None, ending: Ending) -> None:
        if output is not None:
            await output.append(outputs.END, asdict(ending))

    async def _workload_changed(self, workload: Workload) -> None:
        if workload.kind not in {Kind.SESSION, Kind.JOB}:
            return
        if workload.phase is Phase.STOPPING:
            note = partial(service.mark_stopping, session_id=workload.id, reason=workload.reason)
            await self._database.write(note)
        elif workload.phase is Phase.ENDED:
            why = workload.reason or f"the session's server ended with code {workload.exit_code}: see its logs"
            await self._ended(workload.id, SessionState.FAILED, why)

    async def _ended(self, session_id: str, state: SessionState, reason: str) -> None:
        live = await self._detach(session_id)
        if live is not None:
            for output in live.outputs.values():
                await self._write_end(output, Ending(ExecutionState.FAILED, "the session ended"))
        await self._database.write(partial(service.mark_ended, session_id=session_id, state=state, reason=reason))
        self._launcher.forget_keys()

    async def _stop_idle(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            for live in list(self._live.values()):
                limit, line = live.session.idle_minutes, live.link
                if limit and not line.is_busy and clock.now_ms() - line.active_at > limit * _MINUTE:
                    await self.stop(live.session, f"idle for {limit:g} minutes")

    async def _found_workload(self, session: Session) -> Workload | None:
        try:
            return await self._workloads.get(session.id)
        except core_errors.NotFound:
            return None

    def _reachable(self, session: Session) -> _Live:
        live = self._live.get(session.id)
        if live is None:
            raise errors.NotRunning
        return live
