"""What one does with a model deployment on its pages: try it, change it, deploy another version, delete it."""

from typing import Any, Final

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from cuvee.api.builder import scope
from cuvee.api.request import Call
from cuvee.core import clock
from cuvee.core.settings import Settings
from cuvee.db.session import Writing
from cuvee.identity import service as identity
from cuvee.identity.values import Audience
from cuvee.serving.values import Endpoint
from cuvee.serving.workshop import Workshop
from cuvee.web import endpoint_forms, forms
from cuvee.web.page import Pages, go
from cuvee.web.pages import deployments, within
from cuvee.web.pages.deployments import WRITE
from cuvee.web.trial import Trial

AnyRequest = Request[Any, Any, Any]

CALL: Final = "endpoints:call"
_ENDPOINT: Final = "/deployments/{endpoint_id:str}"
#: Seconds that a call of a page may take beyond what an endpoint may.
_PATIENCE: Final = 10
#: Milliseconds that the key of one call lives, if it is not deleted before.
_KEY_LIVES: Final = 120_000


@post(_ENDPOINT + "/test", opt=scope(CALL), status_code=200, include_in_schema=False)
async def test(
    *,
    request: AnyRequest,
    endpoint_id: FromPath[str],
    call: NamedDependency[Call],
    pages: NamedDependency[Pages],
    trial: NamedDependency[Trial],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Call it as a client does, with a key of the reader's that lives for this call only."""
    endpoint, _project = await deployments.found(call, endpoint_id, CALL)
    form = await forms.texts(request)
    key_id, secret = "", ""
    if endpoint.auth_enabled:
        key_id, secret = await call.write(_key, call.caller.user_id, endpoint)
    try:
        seconds = settings.model_deadline + _PATIENCE
        outcome = await trial.call(endpoint, form.get("input", ""), api_key=secret, seconds=seconds)
    finally:
        if key_id:
            await call.write(_forget_key, call.caller.user_id, key_id)
    return pages.part(request, "deployments/outcome.html", outcome=outcome)


@post(_ENDPOINT + "/settings", opt=scope(WRITE), include_in_schema=False)
async def change(
    request: AnyRequest, endpoint_id: FromPath[str], call: NamedDependency[Call], workshop: NamedDependency[Workshop]
) -> Response[None]:
    """Change it. Another number of replicas counts at once, resources from the next deployment on."""
    endpoint, _project = await deployments.found(call, endpoint_id, WRITE)
    form = await forms.texts(request)
    changes: dict[str, object] = {
        "name": form.get("name", "").strip(),
        "description": form.get("description", "").strip(),
        "auth_enabled": "auth_enabled" in form,
        "example_input": form.get("example_input", "").strip(),
        "example_output": form.get("example_output", "").strip(),
        "replicas": endpoint_forms.replicas(form, endpoint.replicas),
        "resources": endpoint_forms.resources(form, endpoint.resources),
    }
    await workshop.change(endpoint, changes)
    return go(request, f"/deployments/{endpoint.id}/settings?done=settings")


@post(_ENDPOINT + "/deploy", opt=scope(WRITE), include_in_schema=False)
async def deploy_another(
    request: AnyRequest, endpoint_id: FromPath[str], call: NamedDependency[Call], workshop: NamedDependency[Workshop]
) -> Response[None]:
    """Build another version and deploy it; what answers now goes on until the new one does."""
    endpoint, _project = await deployments.found(call, endpoint_id, WRITE)
    form = await forms.texts(request)
    build = await call.read(endpoint_forms.build, call.caller, endpoint, form)
    await workshop.build(build)
    return go(request, f"/deployments/{endpoint.id}")


@post(_ENDPOINT + "/delete", opt=scope(WRITE), include_in_schema=False)
async def delete(
    request: AnyRequest, endpoint_id: FromPath[str], call: NamedDependency[Call], workshop: NamedDependency[Workshop]
) -> Response[None]:
    """Delete it with its builds and deployments; its name has to be typed."""
    endpoint, project = await deployments.found(call, endpoint_id, WRITE)
    forms.require_confirmed(await forms.texts(request), endpoint.name)
    await workshop.remove(endpoint.id)
    return go(request, f"{within.base(project)}/deployments")


def _key(connection: Writing, user_id: str, endpoint: Endpoint) -> tuple[str, str]:
    key, secret = identity.create_key(
        connection,
        identity.find_user(connection, user_id),
        comment=f"test of {endpoint.name}",
        audiences=(Audience.APPLICATION,),
        project_id=endpoint.project_id,
        expires_at=clock.now_ms() + _KEY_LIVES,
    )
    return key.id, secret


def _forget_key(connection: Writing, user_id: str, key_id: str) -> None:
    identity.delete_key(connection, identity.find_user(connection, user_id), key_id)


ROUTES: Final = (test, change, deploy_another, delete)
