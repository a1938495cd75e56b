"""API v2's runs of experiments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from cuvee.api.callers import Caller
from cuvee.api.listing import Asked
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.artifacts.stores import Stores
from cuvee.cml_api import errors, experiments, forms, messages, questions
from cuvee.cml_api.experiments import READ, WRITE
from cuvee.core import clock
from cuvee.core.paths import RelativePath
from cuvee.datasets import service as datasets
from cuvee.db.session import Reading, Writing
from cuvee.registry import versions
from cuvee.tracking import ingest, legacy_models, limits, search, series
from cuvee.tracking import service as tracking
from cuvee.tracking.values import Run, RunInfo

PATH: Final = experiments.PATH + "/{experiment_id:str}/runs"
ONE: Final = PATH + "/{run_id:str}"
#: Files that a run shows, at the most.
MOST_FILES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The run that an address names, and where it says that the run is."""

    project_id: str
    experiment_id: str
    run_id: str


def provide_where(project_id: FromPath[str], experiment_id: FromPath[str], run_id: FromPath[str]) -> Where:
    """`where`, for handlers of one run."""
    return Where(project_id=project_id, experiment_id=experiment_id, run_id=run_id)


_WHERE: Final = {"where": Provide(provide_where, sync_to_thread=False)}


@get(PATH, opt=READ)
async def list_experiment_runs(
    project_id: FromPath[str],
    experiment_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
) -> messages.ListExperimentRunsResponse:
    """An experiment's runs, the newest first; `search_filter` and `sort` also by `metrics.…`, `params.…`, `tags.…`."""
    purpose = f"runs\0{experiment_id}\0{call.caller.user_id}\0{asked.search_filter}\0{asked.sort}"
    after = sealer.open(asked.page_token, purpose) if asked.page_token else None
    wanted, order = questions.filter_of_runs(asked.search_filter), questions.order_of_runs(asked.sort)

    def found(connection: Reading) -> tuple[list[messages.ExperimentRun], search.Position | None]:
        experiments.of_project(connection, call.caller, project_id, experiment_id)
        page, following = search.runs(
            connection,
            call.caller,
            [experiment_id],
            filter_text=wanted,
            order_by=order,
            after=after,
            limit=experiments.size(asked),
        )
        return _shown(connection, call.caller, page), following

    page, following = await call.read(found)
    return messages.ListExperimentRunsResponse(page, sealer.seal(following, purpose) if following else "")


@post(PATH, opt=WRITE, status_code=200)
async def create_experiment_run(
    project_id: FromPath[str],
    experiment_id: FromPath[str],
    data: JSONBody[messages.CreateExperimentRunRequest],
    call: NamedDependency[Call],
) -> messages.ExperimentRun:
    """Begin a run."""
    start_time = forms.milliseconds(data.start_time, clock.now_ms())

    def make(connection: Writing) -> Run:
        experiments.of_project(connection, call.caller, project_id, experiment_id, tracking.WRITE)
        return tracking.create_run(
            connection,
            call.caller,
            experiment_id,
            name=data.run_name,
            user_id=call.caller.username,
            start_time=start_time,
            tags=forms.tags(data.tags),
        )

    return forms.run(await call.write(make))


@get(ONE, opt=READ, dependencies=_WHERE)
async def get_experiment_run(
    where: NamedDependency[Where],
    call: NamedDependency[Call],
    stores: NamedDependency[Stores],
) -> messages.ExperimentRun:
    """A run with the last value of each metric, its files, and the versions that were registered from it."""
    return await _whole(call, stores, where)


@patch(ONE, opt=WRITE, dependencies=_WHERE)
async def update_experiment_run(
    where: NamedDependency[Where],
    data: JSONBody[messages.UpdateExperimentRunRequest],
    call: NamedDependency[Call],
    stores: NamedDependency[Stores],
) -> messages.ExperimentRun:
    """Change a run's name, status and end. A run that ends without a time ends now."""
    status = None if data.status in {"", 0} else questions.status(data.status)
    end_time = forms.milliseconds(data.end_time, 0) if data.end_time else None
    if end_time is None and status is not None and status not in {"RUNNING", "SCHEDULED"}:
        end_time = clock.now_ms()

    def change(connection: Writing) -> None:
        _of_experiment(connection, call.caller, where, tracking.WRITE)
        tracking.update_run(connection, call.caller, where.run_id, status=status, end_time=end_time, name=data.name)

    await call.write(change)
    return await _whole(call, stores, where)


@delete(ONE, opt=WRITE, status_code=200, dependencies=_WHERE)
async def delete_experiment_run(where: NamedDependency[Where], call: NamedDependency[Call]) -> messages.Empty:
    """Put a run into the bin."""

    def remove(connection: Writing) -> None:
        _of_experiment(connection, call.caller, where, tracking.WRITE)
        tracking.delete_run(connection, call.caller, where.run_id)

    await call.write(remove)
    return messages.Empty()


@get(ONE + "/metrics/{metric_key:path}", opt=READ, dependencies=_WHERE)
async def get_experiment_run_metrics(
    where: NamedDependency[Where],
    metric_key: FromPath[str],
    call: NamedDependency[Call],
) -> messages.GetExperimentRunMetricsResponse:
    """All values of a metric, in the order of their times."""
    key = metric_key.removeprefix("/")

    def found(connection: Reading) -> list[messages.Metric]:
        _of_experiment(connection, call.caller, where)
        return [forms.metric(key, point) for point in series.history(connection, call.caller, where.run_id, key)]

    return messages.GetExperimentRunMetricsResponse(await call.read(found))


@post(ONE + "/:logbatch", opt=WRITE, status_code=200, dependencies=_WHERE)
async def log_experiment_run_batch(
    where: NamedDependency[Where],
    data: JSONBody[messages.LogExperimentRunBatchRequest],
    call: NamedDependency[Call],
) -> messages.Empty:
    """Log metrics, parameters and tags at once, and note a model that was saved."""
    await call.read(_of_experiment, call.caller, where, tracking.WRITE)
    item = _item(where.run_id, data)
    if data.metrics or data.params or data.tags:
        await call.write_item(ingest.log, item)
    if data.model_json:
        model = data.model_json
        text = model if isinstance(model, str) else msgspec.json.encode(model).decode()
        await call.write(legacy_models.log_model, call.caller, where.run_id, text)
    return messages.Empty()


@post(ONE + "/:deletebatch", opt=WRITE, status_code=200, dependencies=_WHERE)
async def delete_experiment_run_batch(
    where: NamedDependency[Where],
    data: JSONBody[messages.DeleteExperimentRunBatchRequest],
    call: NamedDependency[Call],
) -> messages.Empty:
    """Delete metrics with all their values, parameters and tags, by name."""

    def remove(connection: Writing) -> None:
        _of_experiment(connection, call.caller, where, tracking.WRITE)
        tracking.delete_logged(
            connection, call.caller, where.run_id, metrics=data.metrics, params=data.params, tags=data.tags
        )

    await call.write(remove)
    return messages.Empty()


def _item(run_id: str, data: messages.LogExperimentRunBatchRequest) -> ingest.Item:
    """A batch, checked as MLflow's is."""
    now = clock.now_ms()
    points = ingest.grouped(
        (given.key, forms.step(given.step), forms.milliseconds(given.timestamp, now), forms.value(given.value))
        for given in data.metrics
    )
    params = [limits.param(tag, f"params[{at}]") for at, tag in enumerate(forms.tags(data.params))]
    tags = [limits.run_tag(tag, f"tags[{at}]") for at, tag in enumerate(forms.tags(data.tags))]
    limits.batch(len(data.metrics), len(params), len(tags))
    limits.unique_params(params)
    return ingest.Item(run_id=run_id, points=points, params=params, tags=tags)


async def _whole(call: Call, stores: Stores, where: Where) -> messages.ExperimentRun:
    def found(connection: Reading) -> messages.ExperimentRun:
        _of_experiment(connection, call.caller, where)
        return _shown(connection, call.caller, [tracking.get_run(connection, call.caller, where.run_id)])[0]

    run = await call.read(found)
    root = RelativePath.parse(f"{where.experiment_id}/{where.run_id}/artifacts")
    run.data.files = await _files(stores, where.project_id, root)
    return run


async def _files(stores: Stores, project_id: str, root: RelativePath) -> list[messages.FileInfo]:
    """What lies among a run's artifacts, folder by folder."""
    found: list[messages.FileInfo] = []
    folders = [RelativePath()]
    for folder in folders:
        async for entries in stores.of(project_id).list(root / folder):
            for entry in entries:
                path = folder / RelativePath((entry.name,))
                if len(found) == MOST_FILES:
                    return found
                found.append(messages.FileInfo(path=str(path), is_dir=entry.is_folder, file_size=str(entry.size)))
                if entry.is_folder:
                    folders.append(path)
    return found


def _shown(connection: Reading, caller: Caller, found: Sequence[Run]) -> list[messages.ExperimentRun]:
    """Runs that the caller may see, with their datasets and versions: a fixed number of queries."""
    ids = [run.info.id for run in found]
    if not ids:
        return []
    inputs, registered = datasets.inputs_of(connection, ids), versions.of_runs(connection, caller, ids)
    return [forms.run(run, inputs.get(run.info.id, ()), registered.get(run.info.id, ())) for run in found]


def _of_experiment(
    connection: Reading,
    caller: Caller,
    where: Where,
    needed: str = tracking.READ,
) -> RunInfo:
    """A run that is where the address says.

    Raises:
        RunNotFound, RunElsewhere: when there is none that the caller may see.

    """
    found = tracking.get_run_info(connection, caller, where.run_id, needed)
    if (found.project_id, found.experiment_id) != (where.project_id, where.experiment_id):
        raise errors.RunElsewhere
    return found
