"""From the texts of a request to values, and back: what a job may be told, and how one is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET

from cuvee.api.callers import Caller
from cuvee.api.numbers import number, whole
from cuvee.compute import profiles
from cuvee.core import clock
from cuvee.identity import routes as identity
from cuvee.identity.messages import ShortUser
from cuvee.identity.values import User
from cuvee.jobs import errors, messages, schedule, service
from cuvee.jobs.values import Job, JobRun, Plan
from cuvee.projects.forms import environment
from cuvee.projects.messages import ShortProject
from cuvee.projects.values import Project
from cuvee.runtimes import addons
from cuvee.runtimes.values import kernel_of

_PLAIN = ("name", "script", "arguments", "paused", "kill_on_timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who made things, and the projects these are in."""

    users: Mapping[str, User] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)
    #: Job → its last run.
    runs: Mapping[str, JobRun] = field(default_factory=dict)

    def user(self, user_id: str) -> ShortUser:
        return identity.short(self.users.get(user_id))


def changes(data: messages.JobFields, present: Plan | None = None) -> dict[str, Any]:
    """What a request says, as fields of a plan; what it leaves out is not among them.

    Raises:
        BadNumber, BadEnvironment, BadProfile, AddonNotFound: when something cannot be read, or is not there.
        NoRecipients, NoGpus, NoRunAs: when it asks for what cannot be done.

    """
    _refuse(data)
    said = {name: value for name in _PLAIN if (value := getattr(data, name)) is not UNSET}
    said |= _trigger(data)
    if data.timezone is not UNSET:
        said["timezone"] = data.timezone or "UTC"
    if data.timeout is not UNSET:
        said["timeout"] = whole(data.timeout)
    if data.environment is not UNSET:
        said["environment"] = environment(data.environment)
    if data.runtime_identifier is not UNSET:
        said["runtime"] = data.runtime_identifier
    if data.runtime_addon_identifiers is not UNSET:
        addons.chosen(data.runtime_addon_identifiers)
        said["addons"] = tuple(dict.fromkeys(data.runtime_addon_identifiers))
    if present is None or data.cpu is not UNSET or data.memory is not UNSET:
        usual = present.profile if present else profiles.profile(0, 0)
        cpu = usual.cpu if data.cpu is UNSET else number(data.cpu)
        said["profile"] = profiles.profile(cpu, usual.memory if data.memory is UNSET else number(data.memory))
    return said


def _trigger(data: messages.JobFields) -> dict[str, Any]:
    """What starts it. Who gives it a schedule takes it from its parent, and the other way round."""
    named = {each for each in (data.parent_id, data.parent_job_id) if each is not UNSET and each}
    if len(named) > 1:
        raise errors.TwoParents
    said: dict[str, Any] = {}
    if data.schedule is not UNSET:
        said["schedule"] = " ".join(data.schedule.split())
    if named or data.parent_id is not UNSET or data.parent_job_id is not UNSET:
        said["parent_id"] = next(iter(named), "")
    if said.get("schedule"):
        said.setdefault("parent_id", "")
    if said.get("parent_id"):
        said.setdefault("schedule", "")
    return said


def _refuse(data: messages.JobFields) -> None:
    mails = (data.success_recipients, data.failure_recipients, data.timeout_recipients, data.stopped_recipients)
    if data.recipients or data.attachments or any(mails):
        raise errors.NoRecipients
    if any(each is not UNSET and whole(each) for each in (data.nvidia_gpu, data.accelerator_label_id)):
        raise errors.NoGpus
    if data.run_as is not UNSET and whole(data.run_as):
        raise errors.NoRunAs


def shown(job: Job, people: People, caller: Caller) -> messages.Job:
    """A job as API v2 writes it."""
    plan, run = job.plan, people.runs.get(job.id)
    return messages.Job(
        id=job.id,
        name=plan.name,
        script=plan.script,
        arguments=plan.arguments,
        type=plan.type,
        schedule=plan.schedule,
        english_schedule=schedule.in_words(plan.schedule) if plan.schedule else "",
        timezone=plan.timezone,
        paused=plan.paused,
        parent_id=plan.parent_id,
        timeout=str(plan.timeout),
        kill_on_timeout=plan.kill_on_timeout,
        cpu=plan.profile.cpu,
        memory=plan.profile.memory,
        nvidia_gpu=0,
        environment=_variables(plan, job.project_id, caller),
        runtime_identifier=plan.runtime,
        runtime_addon_identifiers=list(plan.addons),
        kernel=kernel_of(plan.runtime),
        engine_image_id="",
        creator=people.user(job.creator_id),
        owner=people.user(job.owner_id),
        project=_project(people, job.project_id),
        run_as=0,
        accelerator_label_id="0",
        created_at=clock.rfc3339(job.created_at),
        updated_at=clock.rfc3339(job.updated_at),
        project_id=job.project_id,
        next_run_at=_moment(job.next_at),
        last_run_id=run.id if run else "",
        last_run_status=run.status if run else "",
    )


def shown_run(run: JobRun, people: People, caller: Caller) -> messages.JobRun:
    """A run as API v2 writes it."""
    plan = run.plan
    return messages.JobRun(
        id=run.id,
        job_id=run.job_id,
        project_id=run.project_id,
        status=run.status,
        created_at=clock.rfc3339(run.created_at),
        scheduling_at=clock.rfc3339(run.created_at),
        starting_at=_moment(run.starting_at),
        running_at=_moment(run.running_at),
        finished_at=_moment(run.finished_at),
        kernel=kernel_of(plan.runtime),
        cpu=plan.profile.cpu,
        memory=plan.profile.memory,
        nvidia_gpu=0,
        arguments=plan.arguments,
        environment=_variables(plan, run.project_id, caller),
        creator=people.user(run.owner_id),
        runtime_identifier=plan.runtime,
        status_reason=run.reason,
        exit_code=run.exit_code,
        script=plan.script,
        runtime_addon_identifiers=list(plan.addons),
        trigger=run.trigger,
        due_at=_moment(run.due_at or 0),
        parent_run_id=run.parent_run_id or "",
    )


def _variables(plan: Plan, project_id: str, caller: Caller) -> str:
    """They may hold secrets: who may not change the job does not see them."""
    may = caller.allows(service.WRITE, project_id)
    return msgspec.json.encode(plan.environment).decode() if may else ""


def _project(people: People, project_id: str) -> ShortProject:
    found = people.projects.get(project_id)
    if found is None:
        return ShortProject(public_identifier=project_id)
    return ShortProject(public_identifier=found.id, name=found.name, slug=found.slug)


def _moment(milliseconds: int) -> str:
    return clock.rfc3339(milliseconds) if milliseconds else ""
