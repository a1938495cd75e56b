"""Sessions and executions as API v2 writes them (an extension in its style: CML has no such API)."""

from typing import Any

from msgspec import Struct, field


class CreateSessionRequest(Struct):
    name: str = ""
    #: As `GET /api/v2/runtimes` lists it; the platform's own Python in the Workbench when empty.
    runtime_identifier: str = ""
    #: As `GET /api/v2/runtimeaddons` lists them.
    runtime_addon_identifiers: list[str] = field(default_factory=list)
    #: vCPU and GiB; 0 for the smallest profile.
    cpu: float = 0
    memory: float = 0
    environment: dict[str, str] = field(default_factory=dict)
    #: Minutes without activity after which it is stopped; 0 for never.
    idle_minutes: float = 60


class Session(Struct):
    id: str
    project_id: str
    name: str
    creator: str
    status: str
    #: Why it is in this state.
    status_reason: str
    runtime_identifier: str
    runtime_addon_identifiers: list[str]
    kernel: str
    cpu: float
    memory: float
    #: JSON text, as API v2 writes environments on reading.
    environment: str
    idle_minutes: float
    #: What it runs, once, and ends with; empty for a session that people use.
    script: str
    #: Where its Jupyter Server answers, below this platform's address.
    proxy_path: str
    kernel_id: str
    created_at: str
    running_at: str
    finished_at: str


class ListSessionsResponse(Struct):
    sessions: list[Session]
    next_page_token: str


class RunRequest(Struct):
    file: str = ""
    arguments: list[str] = field(default_factory=list)
    code: str = ""


class Execution(Struct):
    id: str
    session_id: str
    file: str
    code: str
    status: str
    status_reason: str
    #: As a shell would see it; null while it runs, and when nobody saw how it ended.
    exit_code: int | None
    created_at: str
    running_at: str
    finished_at: str


class ListExecutionsResponse(Struct):
    executions: list[Execution]
    next_page_token: str


class ListEventsResponse(Struct):
    #: Each with `n`, `type` and what belongs to the type.
    events: list[dict[str, Any]]


class CodeQuestion(Struct):
    code: str = ""
    #: In characters (code points) from the beginning.
    cursor_pos: int = 0


class Completions(Struct):
    matches: list[str]
    #: What the chosen match stands for, in characters from the beginning.
    cursor_start: int
    cursor_end: int
    #: Of each match, such as `function`; empty when the kernel does not tell.
    types: list[str]


class Inspection(Struct):
    found: bool
    text: str


class SessionLogs(Struct):
    stdout: str
    stderr: str


class Empty(Struct):
    """`{}`."""
