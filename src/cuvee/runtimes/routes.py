"""API v2's door to runtimes."""

from typing import Final

from litestar import get
from litestar.di import NamedDependency

from cuvee.api import listing
from cuvee.api.builder import scope
from cuvee.api.listing import Asked, Columns
from cuvee.api.pages import Sealer
from cuvee.api.request import Call
from cuvee.runtimes import addons, messages
from cuvee.runtimes.addons import Addon
from cuvee.runtimes.service import Runtimes
from cuvee.runtimes.values import Runtime

_COLUMNS: Final = Columns[Runtime](
    filters={
        "image_identifier": lambda runtime: runtime.identifier,
        "editor": lambda runtime: runtime.editor,
        "kernel": lambda runtime: runtime.kernel,
        "edition": lambda runtime: runtime.edition,
        "description": lambda runtime: runtime.description,
        "full_version": lambda runtime: runtime.full_version,
    },
    sorts={
        "image_identifier": lambda runtime: runtime.identifier,
        "editor": lambda runtime: runtime.editor,
        "kernel": lambda runtime: runtime.interpreter.order,
        "edition": lambda runtime: runtime.edition,
        "description": lambda runtime: runtime.description,
        "full_version": lambda runtime: runtime.full_version,
    },
    id=lambda runtime: runtime.identifier,
)


def _addon_columns(runtimes: Runtimes) -> Columns[Addon]:
    columns = {
        "identifier": lambda addon: addon.identifier,
        "component": lambda addon: addon.component,
        "display_name": lambda addon: addon.display_name,
        "status": lambda addon: _status(runtimes, addon),
    }
    return Columns[Addon](filters=columns, sorts=columns, id=lambda addon: addon.identifier)


@get("/api/v2/runtimes", opt=scope("runtimes:read"))
async def list_runtimes(
    call: NamedDependency[Call],
    runtimes: NamedDependency[Runtimes],
    sealer: NamedDependency[Sealer],
    asked: NamedDependency[Asked],
) -> messages.ListRuntimesResponse:
    """Which runtimes sessions, jobs and models can have, and how far the environment of each has come."""
    found, token = listing.page(
        await runtimes.all(), asked, _COLUMNS, sealer=sealer, name="runtimes", caller=call.caller
    )
    return messages.ListRuntimesResponse(
        runtimes=[_shown(runtimes, runtime) for runtime in found], next_page_token=token
    )


@get("/api/v2/runtimeaddons", opt=scope("runtimes:read"))
async def list_runtime_addons(
    call: NamedDependency[Call],
    runtimes: NamedDependency[Runtimes],
    sealer: NamedDependency[Sealer],
    asked: NamedDependency[Asked],
) -> messages.ListRuntimeAddonsResponse:
    """What sessions, jobs and models can have besides their runtime: `runtime_addon_identifiers` names it.

    `UNAVAILABLE` is what was asked for and could not be had, with the reason; it is tried again when it is asked for.
    """
    columns = _addon_columns(runtimes)
    found, token = listing.page(
        addons.ADDONS, asked, columns, sealer=sealer, name="runtime add-ons", caller=call.caller
    )
    return messages.ListRuntimeAddonsResponse(
        runtime_addons=[_shown_addon(runtimes, addon) for addon in found], next_page_token=token
    )


def _status(runtimes: Runtimes, addon: Addon) -> str:
    return "UNAVAILABLE" if runtimes.lack(addon) else "AVAILABLE"


def _shown_addon(runtimes: Runtimes, addon: Addon) -> messages.RuntimeAddon:
    return messages.RuntimeAddon(
        identifier=addon.identifier,
        component=addon.component,
        display_name=addon.display_name,
        status=_status(runtimes, addon),
        manageable=False,
        created_at="",
        id=addons.ADDONS.index(addon) + 1,
        reason=runtimes.lack(addon),
    )


def _shown(runtimes: Runtimes, runtime: Runtime) -> messages.Runtime:
    progress, message = runtimes.progress(runtime)
    return messages.Runtime(
        image_identifier=runtime.identifier,
        editor=runtime.editor,
        kernel=runtime.kernel,
        edition=runtime.edition,
        description=runtime.description,
        full_version=runtime.full_version,
        status="ENABLED",
        register_user_id=0,
        environment_status=progress,
        environment_message=message,
    )
