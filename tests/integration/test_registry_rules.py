"""The registry's rules, on both databases: numbers, aliases, stages, history, who sees and changes what."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import event

from cuvee.core.errors import Denied
from cuvee.core.ids import new_id
from cuvee.db.database import Database
from cuvee.identity import service as identity
from cuvee.identity.scopes import Role
from cuvee.identity.values import Principal
from cuvee.projects import service as projects
from cuvee.registry import errors, filters, service, versions
from cuvee.registry.values import NewVersion, Stage, Visibility, Window


@dataclass
class Registry:
    """The registry as one caller sees it."""

    database: Database
    caller: Principal
    project_id: str

    def read(self, work, *args, **kwargs):
        return self.database.read_now(lambda connection: work(connection, self.caller, *args, **kwargs))

    def write(self, work, *args, **kwargs):
        return self.database.write_now(lambda connection: work(connection, self.caller, *args, **kwargs))

    def model(self, name, **more):
        return self.write(service.create_model, name, project_id=self.project_id, **more)

    def version(self, name, **more):
        source = f"mlflow-artifacts:/{new_id()}"
        return self.write(versions.create, name, NewVersion(source=source, location=source, **more))

    def names(self, text="", **window):
        found, _ = self.read(service.search_models, text, Window(**window))
        return [model.name for model in found]

    def as_user(self, username, role=None, **more):
        """The same registry for a new user, who has this role in the project."""

        def join(connection):
            user = identity.add_user(connection, username)
            if role:
                identity.grant(connection, self.project_id, user, role)
            return user

        roles = {self.project_id: role} if role else {}
        user = self.database.write_now(join)
        return Registry(self.database, Principal(user=user, roles=roles, **more), self.project_id)


@pytest.fixture
def registry(database: Database) -> Registry:
    owner = database.write_now(partial(identity.ensure_owner, username="owner"))
    project = database.write_now(partial(projects.create, owner=owner, name="lab"))
    admin = Registry(database, Principal(user=owner), project.id)
    return admin.as_user("ada", Role.ADMIN)


def test_numbers_count_up_and_are_never_given_again(registry: Registry):
    registry.model("wine")
    assert [registry.version("wine").number for _ in range(3)] == [1, 2, 3]

    registry.write(versions.delete, "wine", "3")

    assert registry.version("wine").number == 4
    assert registry.read(service.get_model, "wine").count == 3


def test_two_at_once_get_two_numbers(registry: Registry):
    registry.model("wine")
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: registry.version("wine").number, range(24)))

    assert sorted(numbers) == list(range(1, 25))


def test_a_name_is_given_once(registry: Registry):
    registry.model("wine")
    with pytest.raises(errors.ModelExists, match=r"Registered Model \(name=wine\) already exists."):
        registry.model("wine")
    with pytest.raises(errors.ModelExists, match="Tried to create a prompt with name 'wine'"):
        registry.model("wine", tags={filters.IS_PROMPT: "true"})


def test_of_two_who_move_an_alias_on_what_they_saw_one_is_told(registry: Registry):
    registry.model("wine")
    for _ in range(3):
        registry.version("wine")
    registry.write(versions.set_alias, "wine", "champion", "1", expected=0)

    def move(to: str) -> bool:
        try:
            registry.write(versions.set_alias, "wine", "champion", to, expected=1)
        except errors.AliasMoved:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(move, ["2", "3"])) == [False, True]


def test_an_alias_moves_and_goes_with_its_version(registry: Registry):
    registry.model("wine")
    registry.version("wine")
    registry.version("wine")
    registry.write(versions.set_alias, "wine", "champion", "1")
    registry.write(versions.set_alias, "wine", "champion", "2")

    assert registry.read(versions.by_alias, "wine", "champion").number == 2
    assert registry.read(versions.get, "wine", "1").aliases == ()
    registry.write(versions.delete, "wine", "2")
    with pytest.raises(errors.AliasNotFound):
        registry.read(versions.by_alias, "wine", "champion")


def test_latest_is_the_highest_number_whatever_its_stage(registry: Registry):
    registry.model("wine")
    registry.version("wine")
    registry.version("wine")
    registry.write(versions.transition, "wine", "1", "Production")

    assert registry.read(versions.by_alias, "wine", "Latest").number == 2
    assert [v.number for v in registry.read(versions.latest, "wine", ["production"])] == [1]


def test_entering_a_stage_archives_the_others_there_when_asked(registry: Registry):
    registry.model("wine")
    for number in ("1", "2", "3"):
        registry.version("wine")
        registry.write(versions.transition, "wine", number, "staging")
    registry.write(versions.transition, "wine", "3", "Staging", archive_others=True)

    stages = [registry.read(versions.get, "wine", str(number)).stage for number in (1, 2, 3)]
    assert stages == [Stage.ARCHIVED, Stage.ARCHIVED, Stage.STAGING]
    with pytest.raises(errors.BadStage, match="is not an Active stage"):
        registry.write(versions.transition, "wine", "3", "None", archive_others=True)


def test_the_history_says_who_moved_what(registry: Registry):
    model = registry.model("wine")
    registry.version("wine")
    registry.write(versions.set_alias, "wine", "champion", "1")
    registry.write(versions.set_alias, "wine", "champion", "1")
    registry.write(versions.transition, "wine", "1", "Production")
    registry.write(service.rename_model, "wine", "vino")
    moves, _ = registry.read(service.history, model.id)

    told = [(move.kind, move.what, move.number, move.before, move.after) for move in moves[:3]]
    assert told == [
        ("renamed", "", 0, "wine", "vino"),
        ("stage", "Production", 1, "None", "Production"),
        ("alias", "champion", 1, "", "1"),
    ]
    assert {move.user_id for move in moves} == {registry.caller.user_id}


def test_a_renamed_model_keeps_everything(registry: Registry):
    model = registry.model("wine", tags={"team": "x"})
    registry.version("wine", tags={"a": "b"})
    registry.write(versions.set_alias, "wine", "champion", "1")
    registry.model("beer")
    with pytest.raises(errors.ModelExists):
        registry.write(service.rename_model, "wine", "beer")

    renamed = registry.write(service.rename_model, "wine", "vino")

    assert (renamed.id, renamed.tags, renamed.aliases) == (model.id, {"team": "x"}, {"champion": 1})
    assert registry.read(versions.get, "vino", "1").tags == {"a": "b"}
    with pytest.raises(errors.ModelNotFound):
        registry.read(service.get_model, "wine")


def test_a_deleted_model_frees_its_name(registry: Registry):
    registry.model("wine")
    registry.version("wine", tags={"a": "b"})
    registry.write(versions.set_alias, "wine", "champion", "1")
    registry.write(service.delete_model, "wine")

    assert registry.model("wine").count == 0
    assert registry.version("wine").number == 1


SIGHT = {Role.VIEWER: True, Role.OPERATOR: True, Role.CONTRIBUTOR: True, Role.ADMIN: True, None: False}
CHANGES = {Role.VIEWER: False, Role.OPERATOR: False, Role.CONTRIBUTOR: True, Role.ADMIN: True, None: False}


@pytest.mark.parametrize("role", SIGHT, ids=str)
def test_who_sees_and_changes_a_private_model(registry: Registry, role: Role | None):
    registry.model("wine")
    registry.version("wine")
    other = registry.as_user("bob", role)

    assert (other.names() == ["wine"]) is SIGHT[role]
    assert bool(other.read(versions.search)[0]) is SIGHT[role]
    if CHANGES[role]:
        other.write(versions.set_alias, "wine", "champion", "1")
    else:
        with pytest.raises(errors.NotYourModel if SIGHT[role] else errors.VersionNotFound):
            other.write(versions.set_alias, "wine", "champion", "1")


def test_everybody_sees_a_public_model_and_only_its_people_change_it(registry: Registry):
    registry.model("wine", visibility=Visibility.PUBLIC)
    registry.version("wine")
    stranger = registry.as_user("eve")

    assert stranger.names() == ["wine"]
    assert stranger.read(versions.get, "wine", "1").number == 1
    changes = (
        partial(service.describe_model, name="wine", description="mine"),
        partial(service.rename_model, name="wine", new_name="mine"),
        partial(service.delete_model, name="wine"),
        partial(service.tag_model, name="wine", key="a", value="b"),
        partial(service.show_model, name="wine", visibility=Visibility.PRIVATE),
        partial(service.hand_over, name="wine", owner_id=stranger.caller.user_id),
        partial(versions.delete, name="wine", version="1"),
        partial(versions.transition, name="wine", version="1", stage="Staging"),
        partial(versions.create, name="wine", new=NewVersion(source="x", location="x")),
    )
    for change in changes:
        with pytest.raises(Denied):
            stranger.write(change)


def test_a_contributor_may_not_hand_over_or_publish(registry: Registry):
    registry.model("wine")
    bob = registry.as_user("bob", Role.CONTRIBUTOR)
    with pytest.raises(errors.NotYours):
        bob.write(service.show_model, "wine", Visibility.PUBLIC)
    with pytest.raises(errors.NotYours):
        bob.write(service.hand_over, "wine", bob.caller.user_id)

    registry.write(service.hand_over, "wine", bob.caller.user_id)
    assert bob.write(service.show_model, "wine", Visibility.PUBLIC).visibility is Visibility.PUBLIC


def test_who_only_reads_in_a_project_registers_nothing_in_it(registry: Registry):
    with pytest.raises(Denied):
        registry.as_user("bob", Role.VIEWER).model("wine")


def test_prompts_are_listed_only_when_asked_for(registry: Registry):
    registry.model("wine")
    registry.model("hello", tags={filters.IS_PROMPT: "true"})
    registry.version("hello", tags={filters.IS_PROMPT: "true"})

    assert registry.names() == ["wine"]
    assert registry.names("tags.`mlflow.prompt.is_prompt` != 'true'") == ["wine"]
    assert registry.names("name LIKE '%' AND tag.`mlflow.prompt.is_prompt` = 'false'") == ["wine"]
    assert registry.names("tag.`mlflow.prompt.is_prompt` = 'true'") == ["hello"]
    assert registry.read(versions.search)[0] == []
    assert len(registry.read(versions.search, "tag.`mlflow.prompt.is_prompt` = 'true'")[0]) == 1


def test_filters_find_what_they_say(registry: Registry):
    for name, team in (("wine", "a"), ("Wine", "b"), ("beer_1", "a"), ("beer%1", "b")):
        registry.model(name, tags={"team": team})

    assert registry.names("name = 'wine'") == ["wine"]
    assert registry.names("name LIKE 'w%'") == ["wine"]
    assert registry.names("name ILIKE 'w%'") == ["Wine", "wine"]
    assert registry.names("name IN ('wine', 'beer_1', 'x')") == ["beer_1", "wine"]
    assert registry.names("name NOT IN ('wine', 'Wine')") == ["beer%1", "beer_1"]
    assert registry.names("tags.team = 'a' AND name LIKE '%e%'") == ["beer_1", "wine"]
    assert registry.names("tags.team != 'a'") == ["Wine", "beer%1"]
    assert registry.names("tags.nothing != 'a'") == []


def test_versions_are_found_by_run_source_and_number(registry: Registry):
    registry.model("wine")
    first = registry.version("wine", run_id="r1")
    registry.version("wine", run_id="r2")

    def numbers(text: str) -> list[int]:
        return [version.number for version in registry.read(versions.search, text)[0]]

    assert numbers("run_id = 'r1'") == [1]
    assert numbers("run_id IN ('r1', 'r2') AND version_number > 1") == [2]
    assert numbers(f"source_path = '{first.source}'") == [1]
    assert numbers("name = 'wine'") == [2, 1]


@pytest.mark.parametrize("order", [[], ["name DESC"], ["timestamp DESC"], ["last_updated_timestamp ASC", "name DESC"]])
def test_pages_hold_every_model_once(registry: Registry, order: list[str]):
    for index in range(7):
        registry.model(f"m{index}")
    whole = registry.names(order_by=order)
    paged, position = [], None
    while True:
        found, position = registry.read(service.search_models, "", Window(order_by=order, position=position, most=2))
        paged += [model.name for model in found]
        if position is None:
            break

    assert paged == whole
    assert len(whole) == 7


@pytest.mark.parametrize("order", ["nome", "name UP", "name ASC extra", "name; drop", "", "tags.a"])
def test_an_order_that_cannot_be_is_refused(registry: Registry, order: str):
    with pytest.raises(errors.BadOrder):
        registry.names(order_by=[order])


def test_an_order_names_a_field_once(registry: Registry):
    with pytest.raises(errors.BadOrder, match="duplicate"):
        registry.names(order_by=["name", "name DESC"])


def test_a_list_costs_the_same_queries_at_any_length(registry: Registry):
    def queries(work) -> int:
        count = []

        def counted(connection):
            event.listen(connection, "before_cursor_execute", lambda *_: count.append(1))
            work(connection, registry.caller)

        registry.database.read_now(counted)
        return len(count)

    def fill(names):
        for name in names:
            registry.model(name, tags={"a": "b"})
            for _ in range(2):
                registry.version(name, tags={"c": "d"})
            registry.write(versions.set_alias, name, "champion", "1")

    fill(["a"])
    of_one = queries(service.search_models), queries(versions.search)
    fill([f"b{index}" for index in range(10)])

    assert (queries(service.search_models), queries(versions.search)) == of_one
    assert max(of_one) <= 7


def test_a_project_with_files_of_versions_stays(registry: Registry):
    registry.model("empty")
    registry.model("wine")
    registry.version("wine", project_id=registry.project_id)
    forget = partial(service.forget_project, project_id=registry.project_id)
    with pytest.raises(errors.ProjectHoldsVersions):
        registry.database.write_now(forget)

    registry.write(versions.delete, "wine", "1")
    registry.database.write_now(forget)
    assert registry.names() == []
