"""What changes are about: the short texts under which a change is published and listened to.

A topic says that something of a kind changed, never what: whoever hears it asks again, with their own rights.
"""

from dataclasses import dataclass
from typing import Final

PROJECTS: Final = "projects"
EXPERIMENTS: Final = "experiments"
SESSIONS: Final = "sessions"
MODELS: Final = "models"
DEPLOYMENTS: Final = "deployments"
JOBS: Final = "jobs"
USERS: Final = "users"
#: What waits to be sent to a lineage receiver; for the platform itself: nobody else can listen to it.
OUTBOX: Final = "outbox"

#: Topics of lists: they name nobody's thing.
LISTS: Final = frozenset({PROJECTS, EXPERIMENTS, SESSIONS, MODELS, DEPLOYMENTS, JOBS, USERS})
#: What stands before the colon of a topic that names one thing.
KINDS: Final = frozenset({"project", "experiment", "run", "session", "model", "deployment", "build", "job", "user"})

#: Longer texts are no topic: the longest name of a thing is a registered model's.
MAX_LENGTH: Final = 600


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, read. A list's has no name."""

    kind: str
    name: str = ""


def project(project_id: str) -> str:
    """A project: its settings, collaborators, creation, and what is in it."""
    return f"project:{project_id}"


def experiment(experiment_id: str) -> str:
    """An experiment and the runs in it."""
    return f"experiment:{experiment_id}"


def run(run_id: str) -> str:
    """A run and what was logged to it."""
    return f"run:{run_id}"


def session(session_id: str) -> str:
    """A session and what was executed in it."""
    return f"session:{session_id}"


def model(name: str) -> str:
    """A registered model with its versions and aliases."""
    return f"model:{name}"


def deployment(deployment_id: str) -> str:
    """A deployment and its replicas; or, by its own id, an endpoint with all its builds and deployments."""
    return f"deployment:{deployment_id}"


def build(build_id: str) -> str:
    """A build of a model."""
    return f"build:{build_id}"


def job(job_id: str) -> str:
    """A job and its runs."""
    return f"job:{job_id}"


def user(user_id: str) -> str:
    """A user and their keys."""
    return f"user:{user_id}"


def parse(text: str) -> Topic | None:
    """Read a topic; None when it is none.

    >>> parse("run:0p3z-9k2m-71ay-b0hx")
    Topic(kind='run', name='0p3z-9k2m-71ay-b0hx')
    """
    if text in LISTS:
        return Topic(text)
    kind, colon, name = text.partition(":")
    return Topic(kind, name) if colon and name and kind in KINDS and len(text) <= MAX_LENGTH else None
