"""How endpoints stand, in as many queries for twenty as for one."""

from functools import partial

from sqlalchemy import event

from cuvee.core import clock
from cuvee.db.database import Database
from cuvee.db.session import Reading, Writing
from cuvee.identity import service as identity
from cuvee.projects import service as projects
from cuvee.serving import service, standings
from cuvee.serving.standings import Standing
from cuvee.serving.values import Build, BuildStatus, DeploymentStatus, Endpoint, Source, Wish, new_uuid

VERSION = "0000-0000-0000-0001"


def endpoint(connection: Writing, name: str) -> Endpoint:
    found = projects.list_all(connection)
    project = found[0] if found else projects.create(connection, identity.ensure_owner(connection, "ann"), "cellar")
    now = clock.now_ms()
    made = Endpoint(
        id=new_uuid(), project_id=project.id, name=name, access_key=service.new_access_key(), creator_id="ann",
        created_at=now, updated_at=now,
    )  # fmt: skip
    return service.create_endpoint(connection, made)


def build(connection: Writing, of: Endpoint, *, ends: BuildStatus = BuildStatus.BUILT) -> None:
    """Ask for a build that is deployed when it is built, and end it."""
    now = clock.now_ms()
    asked = Build(
        id=new_uuid(), endpoint_id=of.id, number=1, creator_id="ann", then_deploy=Wish(), created_at=now,
        updated_at=now,
        source=Source(registered_model_version_id=VERSION, model_name="wine", version_number=1),
    )  # fmt: skip
    kept = service.request_build(connection, asked)
    if ends is BuildStatus.BUILT:
        service.finish_build(connection, kept.id, digest="", python="", addons=())
    elif ends is BuildStatus.FAILED:
        service.move_build(connection, kept.id, ends, "It failed.")


def deployed(connection: Writing, of: Endpoint) -> None:
    newest = service.deployments_of(connection, of.id)[-1]
    service.move_deployment(connection, newest.id, DeploymentStatus.DEPLOYED)


def standing(connection: Writing, of: Endpoint) -> Standing:
    return standings.of(connection, [of])[0]


def test_an_endpoint_goes_from_building_to_deployed(database: Database):
    def work(connection: Writing) -> list[str]:
        wine = endpoint(connection, "wine")
        seen = [standing(connection, wine).status]
        build(connection, wine, ends=BuildStatus.PENDING)
        seen.append(standing(connection, wine).status)
        service.finish_build(connection, service.list_builds(connection, wine)[0].id, digest="", python="", addons=())
        seen.append(standing(connection, wine).status)
        deployed(connection, wine)
        return [*seen, standing(connection, wine).status]

    assert database.write_now(work) == ["not built", "pending", "pending", "deployed"]


def test_what_answers_is_told_of_while_the_next_is_coming_or_has_failed(database: Database):
    def work(connection: Writing) -> list[tuple[str, str, bool]]:
        wine, told = endpoint(connection, "wine"), []
        build(connection, wine)
        deployed(connection, wine)
        for ends in (BuildStatus.FAILED, BuildStatus.PENDING):
            build(connection, wine, ends=ends)
            found = standing(connection, wine)
            told.append((found.status, found.coming, found.is_moving))
        return told

    assert database.write_now(work) == [
        ("deployed", "Build 2: build failed", False),
        ("deployed", "Build 3: pending", True),
    ]


def test_a_failed_first_build_says_why(database: Database):
    def work(connection: Writing) -> Standing:
        wine = endpoint(connection, "wine")
        build(connection, wine, ends=BuildStatus.FAILED)
        return standing(connection, wine)

    found = database.write_now(work)
    assert (found.status, found.reason, found.is_moving) == ("build failed", "It failed.", False)


def test_lists_take_as_many_queries_for_twenty_endpoints_as_for_one(database: Database):
    def fill(connection: Writing, first: int, last: int) -> None:
        for number in range(first, last):
            made = endpoint(connection, f"wine-{number}")
            build(connection, made)
            deployed(connection, made)

    def queries(connection: Reading) -> tuple[int, int, int]:
        seen: list[str] = []
        endpoints = service.list_endpoints(connection, None)
        event.listen(connection, "before_cursor_execute", lambda *details: seen.append(details[2]))
        return (
            len(standings.of(connection, endpoints)),
            len(standings.of_versions(connection, [VERSION])[VERSION]),
            len(seen),
        )

    database.write_now(partial(fill, first=0, last=1))
    few = database.read_now(queries)
    database.write_now(partial(fill, first=1, last=20))
    many = database.read_now(queries)

    assert (few, many) == ((1, 1, 4), (20, 20, 4))
