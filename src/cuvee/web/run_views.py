"""What a run's page shows, gathered in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from cuvee.api.callers import Caller
from cuvee.core.errors import NotFound
from cuvee.core.ids import is_id
from cuvee.datasets import service as datasets
from cuvee.db.session import Reading
from cuvee.lineage import rebuilding, retraining
from cuvee.logged_models import service as logged_models
from cuvee.logged_models.values import LoggedModel
from cuvee.projects import service as projects
from cuvee.projects.values import Project
from cuvee.registry import versions
from cuvee.registry.values import ModelVersion
from cuvee.sessions import outputs
from cuvee.sessions import service as sessions_service
from cuvee.sessions.manager import Sessions
from cuvee.sessions.values import Execution, Session
from cuvee.tracking import curves, details
from cuvee.tracking import errors as tracking_errors
from cuvee.tracking import service as tracking
from cuvee.tracking.curves import Overview
from cuvee.tracking.values import SESSION_TAG, Experiment, Run, RunInfo, Stage, Status, Tag
from cuvee.web import ansi, run_inputs
from cuvee.web.run_inputs import ShownInput

NOTES_TAG: Final = "mlflow.note.content"
#: How a run says that it is another made again, and what its page says of it.
_AGAIN: Final = {rebuilding.REBUILT_TAG: "Rebuilt from", retraining.RETRAINED_TAG: "Trained again after"}
#: Metrics in one page of the table.
METRICS: Final = 200
#: Bytes of what an execution said that the page shows: the last of them.
_MOST_CONSOLE: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """A page of a run's metrics."""

    run: RunInfo
    overview: Overview
    text: str = ""
    is_system: bool = False
    offset: int = 0

    @property
    def base(self) -> str:
        return address(self.run.experiment_id, self.run.id)

    @property
    def next(self) -> int:
        """Where the next page begins; 0 when this one is the last."""
        following = self.offset + len(self.overview.metrics)
        return following if following < self.overview.count else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A run with everything around it, but its artifacts."""

    run: Run
    experiment: Experiment
    project: Project
    parent: RunInfo | None
    children: Sequence[RunInfo]
    metrics: Metrics
    system: Metrics
    inputs: Sequence[ShownInput]
    models: Sequence[LoggedModel]
    used_models: Sequence[LoggedModel]
    versions: Sequence[ModelVersion]
    may_write: bool
    #: Whether the reader may have it made again.
    may_rerun: bool

    @property
    def base(self) -> str:
        return address(self.run.info.experiment_id, self.run.info.id)

    @property
    def is_deleted(self) -> bool:
        return self.run.info.stage is Stage.DELETED

    @property
    def is_live(self) -> bool:
        return self.run.info.status in {Status.RUNNING, Status.SCHEDULED}

    @property
    def notes(self) -> str:
        return self.tag(NOTES_TAG)

    @property
    def own_tags(self) -> Sequence[Tag]:
        """What people and their code noted."""
        return own_tags(self.run)

    @property
    def client_tags(self) -> Sequence[Tag]:
        """What MLflow's clients note by themselves, but the notes."""
        return [tag for tag in self.run.tags if _is_clients(tag.key) and tag.key != NOTES_TAG]

    @property
    def made_again_from(self) -> Sequence[tuple[str, str]]:
        """In which way it was made by running another run again, and that run's id; nothing for most."""
        said = ((word, self.tag(key)) for key, word in _AGAIN.items())
        return [(word, before) for word, before in said if is_id(before)]

    def tag(self, key: str) -> str:
        """A tag's value; empty when the run has none of this name."""
        return next((tag.value for tag in self.run.tags if tag.key == key), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What was said where the run was made."""

    session: Session
    #: None when it is not known which execution made the run.
    execution: Execution | None = None
    #: Markup, harmless.
    text: str = ""
    is_cut: bool = False


def look(connection: Reading, caller: Caller, experiment_id: str, run_id: str) -> View:
    """A run for its page.

    Raises:
        RunNotFound: when it is not in this experiment, or the caller has no part in its project.

    """
    require_within(connection, caller, experiment_id, run_id)
    found = details.of_run(connection, caller, run_id)
    info = found.run.info
    links = logged_models.links_of(connection, [run_id])
    made = [link.model_id for link in links.made.get(run_id, ())]
    used = [link.model_id for link in links.used.get(run_id, ())]
    models = logged_models.several(connection, caller, {*made, *used})
    project = projects.get(connection, info.project_id)
    return View(
        run=found.run,
        experiment=found.experiment,
        project=project,
        parent=found.parent,
        children=found.children,
        metrics=_metrics(connection, caller, info, is_system=False),
        system=_metrics(connection, caller, info, is_system=True),
        inputs=run_inputs.shown(project, datasets.inputs_of(connection, [run_id]).get(run_id, ())),
        models=_named(models, made),
        used_models=_named(models, used),
        versions=versions.of_runs(connection, caller, [run_id]).get(run_id, ()),
        may_write=caller.allows(tracking.WRITE, info.project_id),
        may_rerun=retraining.may(caller, info.project_id),
    )


def metrics(
    connection: Reading, caller: Caller, experiment_id: str, run_id: str, *, text: str, is_system: bool, offset: int
) -> Metrics:
    """A page of a run's metrics."""
    info = require_within(connection, caller, experiment_id, run_id)
    return _metrics(connection, caller, info, text=text, is_system=is_system, offset=offset)


def require_within(connection: Reading, caller: Caller, experiment_id: str, run_id: str) -> RunInfo:
    """Go on only when the run is in this experiment and the caller may see it.

    Raises:
        RunNotFound: when not.

    """
    info = tracking.get_run_info(connection, caller, run_id)
    if info.experiment_id != experiment_id:
        raise tracking_errors.RunNotFound(run_id)
    return info


def made_in(connection: Reading, caller: Caller, run: Run) -> Console | None:
    """The session in which a run was made, and the execution that made it; None when that is not known."""
    session_id = next((tag.value for tag in run.tags if tag.key == SESSION_TAG), "")
    if not session_id or not caller.allows("sessions:read", run.info.project_id):
        return None
    try:
        session = sessions_service.get(connection, run.info.project_id, session_id)
    except NotFound:
        return None
    began = run.info.start_time
    for execution in sessions_service.list_executions(connection, session.id):
        if execution.started_at and execution.started_at <= began <= (execution.ended_at or began):
            return Console(session=session, execution=execution)
    return Console(session=session)


def said(sessions: Sessions, console: Console | None) -> Console | None:
    """The same with the end of what the execution said, as text."""
    if console is None or console.execution is None:
        return console
    path = sessions.place(console.session).output(console.execution.id)
    events, _ = outputs.tail(path, 0, _MOST_CONSOLE)
    is_cut = bool(events) and events[0].number > 1
    return replace(console, text=ansi.html(outputs.as_text(events)), is_cut=is_cut)


def own_tags(run: Run) -> Sequence[Tag]:
    """What people and their code noted, without what MLflow's clients note by themselves."""
    return [tag for tag in run.tags if not _is_clients(tag.key)]


def address(experiment_id: str, run_id: str) -> str:
    """Where a run's page is."""
    return f"/experiments/{quoted(experiment_id)}/runs/{quoted(run_id)}"


def quoted(text: str) -> str:
    """A name as one segment of an address."""
    return quote(text, safe="")


def _metrics(
    connection: Reading, caller: Caller, info: RunInfo, *, text: str = "", is_system: bool, offset: int = 0
) -> Metrics:
    overview = curves.overview(
        connection, caller, info.id, text=text, is_system=is_system, offset=offset, limit=METRICS
    )  # fmt: skip
    return Metrics(run=info, overview=overview, text=text, is_system=is_system, offset=offset)


def _named(models: Mapping[str, LoggedModel], ids: Sequence[str]) -> list[LoggedModel]:
    return [models[model_id] for model_id in dict.fromkeys(ids) if model_id in models]


def _is_clients(key: str) -> bool:
    return key.startswith("mlflow.") or key == SESSION_TAG
