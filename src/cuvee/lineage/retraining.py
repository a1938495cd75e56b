"""Training a run's model once more: with what is there now, or with exactly what was there then.

Both are a session that runs one script and ends with it; a tag of the new run names the run before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cuvee.api.callers import Caller
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.compute import profiles
from cuvee.compute.values import Profile
from cuvee.lineage import errors, former, rebuilding
from cuvee.lineage.values import Former, Rebuild
from cuvee.projects import service as projects
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Runtime
from cuvee.sessions import service as session_service
from cuvee.sessions.manager import Sessions
from cuvee.sessions.values import IDLE_MINUTES, Script, Session
from cuvee.tracking.values import Stage

#: What a retrained run's tag of the run before is called.
RETRAINED_TAG: Final = "cuvee.retrained_from"
_SCOPES: Final = ("sessions:write", "experiments:write")
_EXPERIMENT: Final = "MLFLOW_EXPERIMENT_ID"
_EXPERIMENTS: Final = (_EXPERIMENT, "MLFLOW_EXPERIMENT_NAME")
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Retraining:
    """Makes runs again."""

    runtimes: Runtimes
    stores: Stores
    sessions: Sessions
    home: Path

    async def look(self, call: Call, project_id: str, experiment_id: str, run_id: str) -> Former:
        """The run that is to be made again.

        Raises:
            RunNotFound: when there is none, or the caller has no part in its project.

        """
        return await call.read(former.look, call.caller, project_id, experiment_id, run_id)

    async def report(self, found: Former) -> Rebuild:
        """How the run would be rebuilt, and what of it would be the same."""
        return await rebuilding.plan(found, self.runtimes, self.stores, self._folder(found))

    async def script(self, found: Former) -> Script | None:
        """What retraining would run; None when the run was not made by a file, or the file is gone."""
        file = await rebuilding.file_of(found, self._folder(found))
        if not file:
            return None
        return Script(file=file, arguments=rebuilding.arguments(found.tags), tags={RETRAINED_TAG: found.info.id})

    async def retrain(self, call: Call, found: Former) -> Session:
        """Begin a session that runs the run's script as it is now, on the tables as they are now.

        Raises:
            Denied: when the caller may not run code in the project.
            NoScript: when the run was not made by a file, or the file is gone.

        """
        self._require(call, found)
        script = await self.script(found)
        if script is None:
            raise errors.NoScript
        runtime, _ = await rebuilding.runtime_of(found, self.runtimes)
        return await self._begin(call, found, runtime, script, f"Train {found.info.name} again")

    async def rebuild(self, call: Call, found: Former, *, anyway: bool) -> Session:
        """Begin a session that runs the run's code as it was, on the tables as they were, with its packages.

        Raises:
            Denied: when the caller may not run code in the project.
            NotTheSame: when something cannot be as it was, and the caller does not want it `anyway`.
            NoScript: when nothing is known that could be run.

        """
        self._require(call, found)
        plan = await self.report(found)
        if plan.script is None:
            raise errors.NoScript
        if plan.sameness.reasons and not anyway:
            raise errors.NotTheSame(f"The run cannot be rebuilt exactly. {' '.join(plan.sameness.reasons)}")
        return await self._begin(call, found, plan.runtime, plan.script, f"Rebuild {found.info.name}")

    def _require(self, call: Call, found: Former) -> None:
        for scope in _SCOPES:
            call.caller.require(scope, found.info.project_id)
        if found.info.stage is not Stage.ACTIVE:
            raise errors.NoScript("The run is deleted: restore it first.")

    async def _begin(self, call: Call, found: Former, runtime: Runtime, script: Script, name: str) -> Session:
        session = await call.write(
            session_service.create,
            project_id=found.info.project_id,
            owner_name=call.caller.username,
            name="".join(filter(str.isprintable, name))[:_LONGEST_NAME],
            runtime=runtime.identifier,
            addons=found.session.addons if found.session else (),
            profile=_profile(found.session),
            environment=_environment(call.caller, found),
            idle_minutes=IDLE_MINUTES,
            script=script,
        )
        self.sessions.begin(session)
        return session

    def _folder(self, found: Former) -> Path:
        return projects.directory(self.home, found.info.project_id)


def may(caller: Caller, project_id: str) -> bool:
    """Whether somebody may make the runs of a project again."""
    return all(caller.allows(scope, project_id) for scope in _SCOPES)


def _profile(session: Session | None) -> Profile:
    """What the run's session had, if this machine still can give it."""
    usual = profiles.profile(0, 0)
    return session.profile if session is not None and profiles.fits(session.profile) else usual


def _environment(caller: Caller, found: Former) -> Mapping[str, str]:
    """The variables of the run's session, for who started that. A script that sets no experiment logs to the run's."""
    is_own = found.session is not None and found.session.owner_id == caller.user_id
    variables = dict(found.session.environment) if found.session is not None and is_own else {}
    if any(name in variables or name in found.project.environment for name in _EXPERIMENTS):
        return variables
    return variables | {_EXPERIMENT: found.info.experiment_id}
