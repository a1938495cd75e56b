"""Jobs and their runs as API v2 writes them. Numbers may come as texts, and an environment as an object or its text."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from cuvee.api.numbers import Number, Whole
from cuvee.identity.messages import ShortUser
from cuvee.projects.messages import ShortProject


class JobFields(Struct):
    """What a request says of a job; what it leaves out stays, or has its usual value."""

    name: str | UnsetType = UNSET
    script: str | UnsetType = UNSET
    arguments: str | UnsetType = UNSET
    #: vCPU and GiB; 0 for the smallest profile.
    cpu: Number | UnsetType = UNSET
    memory: Number | UnsetType = UNSET
    nvidia_gpu: Whole | UnsetType = UNSET
    environment: dict[str, str] | str | UnsetType = UNSET
    #: Five fields of cron; empty for none.
    schedule: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    paused: bool | UnsetType = UNSET
    parent_id: str | UnsetType = UNSET
    parent_job_id: str | UnsetType = UNSET
    #: Seconds.
    timeout: Whole | UnsetType = UNSET
    kill_on_timeout: bool | UnsetType = UNSET
    runtime_identifier: str | UnsetType = UNSET
    runtime_addon_identifiers: list[str] | UnsetType = UNSET
    # Refused unless they are empty.
    run_as: Whole | UnsetType = UNSET
    accelerator_label_id: Whole | UnsetType = UNSET
    recipients: list[Any] = field(default_factory=list)
    attachments: list[Any] = field(default_factory=list)
    success_recipients: str = ""
    failure_recipients: str = ""
    timeout_recipients: str = ""
    stopped_recipients: str = ""


class CreateJobRequest(JobFields):
    pass


class UpdateJobRequest(JobFields):
    pass


class Job(Struct):
    id: str
    name: str
    script: str
    arguments: str
    type: str
    schedule: str
    #: The schedule as people say it.
    english_schedule: str
    timezone: str
    paused: bool
    parent_id: str
    #: Seconds, as a text.
    timeout: str
    kill_on_timeout: bool
    cpu: float
    memory: float
    nvidia_gpu: int
    #: JSON text; empty for those who may not change the job.
    environment: str
    runtime_identifier: str
    runtime_addon_identifiers: list[str]
    kernel: str
    engine_image_id: str
    creator: ShortUser
    #: As whom it runs when nobody starts it by hand.
    owner: ShortUser
    project: ShortProject
    run_as: int
    accelerator_label_id: str
    created_at: str
    updated_at: str
    #: Extensions. When it runs next; empty when nobody knows.
    project_id: str
    next_run_at: str
    #: Of its last run; empty when there was none.
    last_run_id: str
    last_run_status: str


class ListJobsResponse(Struct):
    jobs: list[Job]
    next_page_token: str


class CreateJobRunRequest(Struct):
    #: In place of the job's; None for these.
    arguments: str | None = None
    #: Besides the job's.
    environment: dict[str, str] | str = ""


class JobRun(Struct):
    id: str
    job_id: str
    project_id: str
    status: str
    created_at: str
    scheduling_at: str
    starting_at: str
    running_at: str
    finished_at: str
    kernel: str
    cpu: float
    memory: float
    nvidia_gpu: int
    arguments: str
    #: JSON text; empty for those who may not change the job.
    environment: str
    #: As whom it runs.
    creator: ShortUser
    runtime_identifier: str
    #: Extensions. Why it has this status, and how its script ended as a shell would see it.
    status_reason: str
    exit_code: int | None
    script: str
    runtime_addon_identifiers: list[str]
    #: What started it: manual, cron or dependent.
    trigger: str
    #: The time of the schedule that it stands for.
    due_at: str
    #: The run of the parent that it came after.
    parent_run_id: str


class ListJobRunsResponse(Struct):
    job_runs: list[JobRun]
    next_page_token: str


class JobRunLogs(Struct):
    #: What the script said, as a terminal would show it; of more than 4 MiB only the end.
    output: str
    #: The last 256 KiB of what its session's server wrote: of use when the script was never begun.
    stdout: str
    stderr: str


class DeleteJobResponse(Struct):
    """`{}`."""
