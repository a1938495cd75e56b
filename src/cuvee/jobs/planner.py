"""Making and changing jobs, and starting them, with what is on this machine: files and runtimes."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cuvee.api.request import Call
from cuvee.jobs import errors, rules, service
from cuvee.jobs.values import Job, JobRun, Plan
from cuvee.projects import service as projects
from cuvee.runtimes.service import Runtimes
from cuvee.sessions import scripts


@dataclass(frozen=True, slots=True)
class Planner:
    """What the doors ask. One lives as long as the platform."""

    runtimes: Runtimes
    home: Path
    #: This platform's name among those of its database.
    place: str

    async def create(self, call: Call, project_id: str, said: Mapping[str, Any]) -> Job:
        """Make a job of what was said, fields of a plan; its runtime is the project's unless another is named.

        Raises:
            NoSuchFile: when the project has no such script.
            RuntimeNotFound: when there is no such runtime.
            and as `rules.require`.

        """
        project = await call.read(projects.get, project_id)
        runtime = await self.runtimes.get(said.get("runtime") or project.runtime)
        plan = Plan(**{"name": "", "script": "", **said, "runtime": runtime.identifier})
        await self._require(project_id, plan.script)
        return await call.write(
            service.create, project_id=project_id, user_id=call.caller.user_id, plan=plan, place=self.place
        )

    async def change(self, call: Call, job: Job, said: Mapping[str, Any]) -> Job:
        """Change a job's plan; what was not said stays.

        Raises:
            As `create`.

        """
        changes = dict(said)
        if "runtime" in changes:
            changes["runtime"] = (await self.runtimes.get(changes["runtime"])).identifier
        if "script" in changes:
            await self._require(job.project_id, changes["script"])
        return await call.write(service.change, job, changes, call.caller.user_id)

    async def start(
        self, call: Call, job: Job, *, arguments: str | None = None, environment: Mapping[str, str] | None = None
    ) -> JobRun:
        """Have a job run now: as the caller, where they may change it; else as its owner, and as it is.

        Raises:
            NotTheirs: when the caller says more than they may.
            and as `service.start`.

        """
        is_theirs = call.caller.allows(service.WRITE, job.project_id)
        if not is_theirs and (arguments is not None or environment):
            raise errors.NotTheirs
        return await call.write(
            partial(
                service.start,
                job=job,
                owner_id=call.caller.user_id if is_theirs else job.owner_id,
                arguments=arguments,
                environment=environment or {},
            )
        )

    async def remove(self, call: Call, job: Job) -> None:
        """Delete a job with its runs and what these said.

        Raises:
            RunsStill: when a run of it goes on.

        """
        for run_id in await call.write(service.remove, job):
            await asyncio.to_thread(shutil.rmtree, self.home / "workloads" / run_id, ignore_errors=True)

    async def _require(self, project_id: str, script: str) -> None:
        rules.path(script)
        await asyncio.to_thread(scripts.command, projects.directory(self.home, project_id), script, ())
