"""API v2's experiments."""

from typing import Final

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from cuvee.api.builder import scope
from cuvee.api.callers import Caller
from cuvee.api.listing import DEFAULT_SIZE, Asked, BadPageSize
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.cml_api import errors, forms, messages, questions
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.tracking import search
from cuvee.tracking import service as tracking
from cuvee.tracking.values import Experiment, Tag

READ: Final = scope(tracking.READ)
WRITE: Final = scope(tracking.WRITE)
PATH: Final = "/api/v2/projects/{project_id:str}/experiments"


@get("/api/v2/experiments", opt=READ)
async def list_all_experiments(
    call: NamedDependency[Call], asked: NamedDependency[Asked], sealer: NamedDependency[Sealer]
) -> messages.ListExperimentsResponse:
    """The experiments of all projects that the caller may see, the newest first."""
    return await _listed(call, asked, sealer, None)


@get(PATH, opt=READ)
async def list_experiments(
    project_id: FromPath[str],
    call: NamedDependency[Call],
    asked: NamedDependency[Asked],
    sealer: NamedDependency[Sealer],
) -> messages.ListExperimentsResponse:
    """A project's experiments, the newest first; `search_filter` by a part of the `name`."""
    return await _listed(call, asked, sealer, project_id)


@post(PATH, opt=WRITE, status_code=200)
async def create_experiment(
    project_id: FromPath[str], data: JSONBody[messages.CreateExperimentRequest], call: NamedDependency[Call]
) -> messages.Experiment:
    """Create an experiment."""
    made = await call.write(
        tracking.create_experiment,
        call.caller,
        project_id,
        data.name,
        tags=forms.tags(data.tags),
        artifact_location=data.artifact_location,
    )
    return await _shown(call, made)


@get(PATH + "/{experiment_id:str}", opt=READ)
async def get_experiment(
    project_id: FromPath[str], experiment_id: FromPath[str], call: NamedDependency[Call]
) -> messages.Experiment:
    """An experiment."""
    return await _shown(call, await call.read(of_project, call.caller, project_id, experiment_id))


@patch(PATH + "/{experiment_id:str}", opt=WRITE)
async def update_experiment(
    project_id: FromPath[str],
    experiment_id: FromPath[str],
    data: JSONBody[messages.UpdateExperimentRequest],
    call: NamedDependency[Call],
) -> messages.Experiment:
    """Rename an experiment, set tags of it."""

    def change(connection: Writing) -> Experiment:
        found = of_project(connection, call.caller, project_id, experiment_id, tracking.WRITE)
        if data.name is not None and data.name != found.name:
            tracking.rename_experiment(connection, call.caller, experiment_id, data.name)
        for tag in data.tags:
            tracking.set_experiment_tag(connection, call.caller, experiment_id, Tag(tag.key, tag.value))
        return tracking.get_experiment(connection, call.caller, experiment_id)

    return await _shown(call, await call.write(change))


@delete(PATH + "/{experiment_id:str}", opt=WRITE, status_code=200)
async def delete_experiment(
    project_id: FromPath[str], experiment_id: FromPath[str], call: NamedDependency[Call]
) -> messages.Empty:
    """Put an experiment and its runs into the bin."""

    def remove(connection: Writing) -> None:
        of_project(connection, call.caller, project_id, experiment_id, tracking.WRITE)
        tracking.delete_experiment(connection, call.caller, experiment_id)

    await call.write(remove)
    return messages.Empty()


def of_project(
    connection: Reading, caller: Caller, project_id: str, experiment_id: str, needed: str = tracking.READ
) -> Experiment:
    """An experiment of this project.

    Raises:
        ExperimentNotFound, ExperimentElsewhere: when the project has none of this id that the caller may see.

    """
    found = tracking.get_experiment(connection, caller, experiment_id, needed)
    if found.project_id != project_id:
        raise errors.ExperimentElsewhere
    return found


async def _listed(call: Call, asked: Asked, sealer: Sealer, project_id: str | None) -> messages.ListExperimentsResponse:
    purpose = "\0".join(["experiments", project_id or "", call.caller.user_id, asked.search_filter, asked.sort])
    found, following = await call.read(
        search.experiments,
        call.caller,
        project_id,
        filter_text=questions.filter_of_experiments(asked.search_filter),
        order_by=questions.order_of_experiments(asked.sort),
        after=sealer.open(asked.page_token, purpose) if asked.page_token else None,
        limit=size(asked),
    )
    token = sealer.seal(following, purpose) if following else ""
    people = await call.read(identity.users, {each.creator_id for each in found})
    shown = [forms.experiment(each, people.get(each.creator_id)) for each in found]
    return messages.ListExperimentsResponse(shown, token)


async def _shown(call: Call, found: Experiment) -> messages.Experiment:
    people = await call.read(identity.users, {found.creator_id})
    return forms.experiment(found, people.get(found.creator_id))


def size(asked: Asked) -> int:
    """How many entries a page is to have.

    Raises:
        BadPageSize: when it is negative.

    """
    if asked.page_size < 0:
        raise BadPageSize
    return min(asked.page_size or DEFAULT_SIZE, search.MOST)
