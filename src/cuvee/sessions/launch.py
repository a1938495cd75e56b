"""Starting a session: environment, key, Jupyter Server, kernel."""

import asyncio
import hashlib
import hmac
from functools import partial
from pathlib import Path
from typing import Final

from cuvee.compute.reconcile import Workloads
from cuvee.compute.values import WorkloadSpec
from cuvee.connections import service as connections
from cuvee.connections.vault import Vault
from cuvee.db.database import Database
from cuvee.db.session import Reading
from cuvee.identity import service as identity
from cuvee.identity.authentication import Keys
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.proxy.channel import Channel
from cuvee.proxy.errors import UpstreamDown
from cuvee.proxy.forward import Proxy
from cuvee.runtimes import addons
from cuvee.runtimes.addons import Addon
from cuvee.runtimes.service import Equipment, Runtimes
from cuvee.runtimes.values import Environment, Runtime
from cuvee.sessions import code, environment, errors, jupyter, service, spark
from cuvee.sessions.jupyter import Kernels
from cuvee.sessions.values import Place, Session, SessionState

_PATIENCE: Final = 180.0  # seconds for a Jupyter Server to listen
_PAUSE: Final = 0.05


class Launcher:
    """Brings sessions up. It keeps nothing but the seal that tokens are made with."""

    def __init__(
        self,
        *,
        database: Database,
        workloads: Workloads,
        runtimes: Runtimes,
        proxy: Proxy,
        keys: Keys,
        vault: Vault,
        home: Path,
        url: str,
    ) -> None:
        self._database = database
        self._workloads = workloads
        self._runtimes = runtimes
        self._proxy = proxy
        self._keys = keys
        self._vault = vault
        self._home = home
        self._url = url
        self._seal = b""

    async def open(self) -> None:
        """Read the seal; called once at the start."""
        self._seal = await self._database.write(partial(identity.ensure_secret, name="sessions"))

    def token(self, session_id: str) -> str:
        """What opens the session's Jupyter Server: nobody else can make it, and it is stored nowhere."""
        return hmac.new(self._seal, session_id.encode(), hashlib.sha256).hexdigest()

    def place(self, session_id: str) -> Place:
        """Where the session's files are."""
        return Place(folder=self._home / "workloads" / session_id)

    def forget_keys(self) -> None:
        """A session's key was deleted: it stops at once."""
        self._keys.forget()

    async def launch(self, session: Session) -> bool:
        """Make the environment and start the Jupyter Server. False when somebody asked for the end meanwhile.

        Raises:
            EnvironmentFailed: when the environment cannot be made.
            NoJava, JarMissing: when an add-on cannot be had.
            CodeMissing: when the code that it is to run is not there any more.
            CannotStart: when the process cannot be started.

        """
        await self._tell(session, "the environment is being made")
        runtime = await self._runtimes.get(session.runtime)
        addon = addons.chosen(session.addons)
        equipment = await self._runtimes.equipment(addon) if addon else None
        layer, base = await self._environments(session, runtime, addon)
        await self._tell(session, "the server is being started")
        project, owner = await self._database.read(partial(_project, project_id=session.project_id))
        directory = projects.directory(self._home, session.project_id)
        place = self.place(session.id)
        if session.script is not None and session.script.code:
            await code.write(directory, session.script.code, place.code)
        await jupyter.prepare(session, place, directory, runtime, base)
        if not await self._is_wanted(session):
            return False
        given = environment.Given(
            session=session,
            project=project,
            project_owner=owner,
            runtime=runtime,
            layer=layer,
            base=base,
            place=place,
            directory=directory,
            cache=self._home / "cache",
            url=self._url,
            api_key=await self._database.write(partial(service.give_key, session=session)),
            token=self.token(session.id),
        )
        extra = await self._spark(given, equipment) if equipment else {}
        spec = WorkloadSpec(
            id=session.id,
            kind=session.kind,
            command=(str(layer.python), "-m", "cuvee_runtime.jupyter"),
            environment=environment.variables(given, extra),
            directory=directory,
            profile=session.profile,
        )
        await self._workloads.start(spec, project_id=session.project_id, owner_id=session.owner_id)
        return True

    async def _environments(
        self, session: Session, runtime: Runtime, addon: Addon | None
    ) -> tuple[Environment, Environment]:
        """The project's environment and its base, or those with the packages that the session's script asks for."""
        script = session.script
        if script is None or script.requirements is None:
            return await self._runtimes.project_environment(session.project_id, runtime, addon)
        return await self._runtimes.pinned_environment(
            self.place(session.id).folder, script.requirements, runtime, addon
        )

    async def _spark(self, given: environment.Given, equipment: Equipment) -> dict[str, str]:
        of_project = partial(connections.spark, vault=self._vault, project_id=given.project.id)
        catalogs = await self._database.read(of_project)
        return await asyncio.to_thread(spark.prepare, given, equipment, catalogs)

    async def wait(self, session: Session) -> tuple[int, str]:
        """The port and the kernel of a session that was launched, as soon as they are there.

        Raises:
            KernelUnreachable: when they do not come.

        """
        place = self.place(session.id)
        try:
            async with asyncio.timeout(_PATIENCE):
                while (found := await self._kernel(session, jupyter.port(place))) is None:
                    if not (await self._workloads.get(session.id)).is_live:
                        raise errors.KernelUnreachable("The session's server ended before it answered: see its logs.")
                    await asyncio.sleep(_PAUSE)
                return found
        except TimeoutError:
            raise errors.KernelUnreachable("The session's server did not answer in time: see its logs.") from None

    def kernels(self, session: Session) -> Kernels:
        """The kernels of a session that runs."""
        return Kernels(self._proxy, session, session.port, self.token(session.id))

    async def connect(self, session: Session) -> Channel:
        """A line to the kernel of a session that runs.

        Raises:
            UpstreamDown: when it cannot be reached.

        """
        path = f"{session.base_path}/api/kernels/{session.kernel_id}/channels"
        head = jupyter.token_header(self.token(session.id))
        return await self._proxy.channel(session.port, path, query=f"session_id={session.id}", head=head)

    async def _kernel(self, session: Session, port: int) -> tuple[int, str] | None:
        """The server's port and its kernel; None as long as it does not listen, although it may have said where."""
        if not port:
            return None
        try:
            return port, await Kernels(self._proxy, session, port, self.token(session.id)).ensure()
        except UpstreamDown:
            return None

    async def _tell(self, session: Session, reason: str) -> None:
        await self._database.write(partial(service.tell, session_id=session.id, reason=reason))

    async def _is_wanted(self, session: Session) -> bool:
        find = partial(service.get, project_id=session.project_id, session_id=session.id)
        return (await self._database.read(find)).state is SessionState.STARTING


def _project(connection: Reading, project_id: str) -> tuple[Project, str]:
    project = projects.get(connection, project_id)
    owner = identity.users(connection, {project.owner_id}).get(project.owner_id)
    return project, owner.username if owner else ""
