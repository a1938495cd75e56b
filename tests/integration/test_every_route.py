"""Every route of the built application, tried by everybody. A new route is tried without being named here."""

from collections.abc import Iterator

import httpx
import pytest
from tests.conftest import Running
from tests.integration.world import CHANGING, Route, World, routes_of, world

from cuvee.api.builder import PUBLIC
from cuvee.identity.scopes import EVERYBODY, ROLE_SCOPES, Role

#: Where MLflow answers about what is not there as if there were nothing in it; so to strangers about what is.
AS_IF_EMPTY = ("/api/3.0/mlflow/datasets/{dataset_id}", "/ajax-api/3.0/mlflow/datasets/{dataset_id}")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def routes(platform: Running) -> list[Route]:
    found = routes_of(platform.asgi)
    assert len(found) > 100
    return found


@pytest.fixture(scope="module")
def there(platform: Running) -> Iterator[World]:
    with world(platform) as made:
        yield made


def went_through(reply: httpx.Response) -> bool:
    return 200 <= reply.status_code < 300


def failures(tried: Iterator[str | None]) -> list[str]:
    return [problem for problem in tried if problem]


def test_without_a_key_every_door_is_shut(routes: list[Route], there: World):
    def tried(route: Route) -> str | None:
        reply = there.send(there.anonymous, route)
        is_open = route.scope == PUBLIC
        return None if is_open or reply.status_code == 401 else f"{route}: {reply.status_code}"

    assert not failures(tried(route) for route in routes)


def test_without_a_key_no_other_spelling_opens_a_door(routes: list[Route], there: World):
    def tried(route: Route) -> Iterator[str | None]:
        path = route.path(there.values)
        spellings = [(route.method, path + "/"), (route.method, "/" + path), (route.method, path.upper()),
                     (route.method, path.replace("/", "//")), (route.method, path + "%00"),
                     *((method, path) for method in METHODS)]  # fmt: skip
        headers = {"x-http-method-override": "DELETE", "x-original-url": "/health", "x-forwarded-prefix": "/health"}
        for method, spelling in spellings:
            reply = there.anonymous.request(method, f"{there.platform.url}{spelling}", headers=headers)
            if went_through(reply):
                yield f"{method} {spelling}: {reply.status_code}"

    shut = [route for route in routes if route.scope != PUBLIC]
    assert not [problem for route in shut for problem in tried(route)]


def test_a_stranger_reads_and_changes_nothing(routes: list[Route], there: World):
    before = there.state()

    def tried(route: Route) -> str | None:
        reply = there.send(there.stranger, route)
        if reply.status_code >= 500 and reply.status_code != 501:
            return f"{route}: {reply.status_code} {reply.text[:200]}"
        if not went_through(reply):
            return None
        told = [secret for secret in there.secrets if secret in reply.text]
        is_open = route.scope in EVERYBODY or "{" not in route.template or route.template.startswith(AS_IF_EMPTY)
        return None if is_open and not told else f"{route}: {reply.status_code}, tells {told}"

    passed = failures(tried(route) for route in routes)
    assert not passed, "\n".join(passed)
    assert there.state() == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR])
def test_a_role_changes_only_what_it_may(routes: list[Route], there: World, role: Role):
    who = there.viewer if role is Role.VIEWER else there.contributor
    before = there.state()
    beyond = [route for route in routes if route.scope in CHANGING - ROLE_SCOPES[role]]
    assert len(beyond) >= 3

    passed = [f"{route}: {reply.status_code}" for route in beyond if went_through(reply := there.send(who, route))]

    assert not passed
    assert there.state() == before


def test_no_door_tells_a_viewer_the_password_of_a_connection(routes: list[Route], there: World):
    telling = [f"{route}" for route in routes if there.password in there.send(there.viewer, route).text]

    assert not telling
    assert there.password in there.send(there.owner, _of_secrets(routes)).text


def _of_secrets(routes: list[Route]) -> Route:
    return next(route for route in routes if route.template.endswith("/properties") and "dataconn" in route.template)


def test_a_viewer_changes_no_registered_model(routes: list[Route], there: World):
    before = there.state()
    writes = [route for route in routes if route.scope == "registry:write"]

    passed = [f"{route}" for route in writes if went_through(there.send(there.viewer, route))]

    assert len(writes) > 10
    assert not passed
    assert there.state() == before


def test_a_method_in_a_header_is_only_a_header(routes: list[Route], there: World):
    before = there.state()
    for route in routes:
        if route.method == "GET":
            for header in ("x-http-method-override", "x-method-override", "x-http-method"):
                there.send(there.viewer, route, headers={header: "DELETE"})

    assert there.state() == before


def test_the_owner_gets_through_most_doors_that_only_show(routes: list[Route], there: World):
    """Else the tests above would be about requests that nobody's rights would help."""
    reads = [route for route in routes if route.method == "GET" and route.scope.endswith(":read")]

    passed = [route for route in reads if went_through(there.send(there.owner, route))]

    assert len(passed) >= 0.5 * len(reads), {route.template for route in reads} - {route.template for route in passed}
