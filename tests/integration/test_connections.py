"""Data connections over API v2: whose they are, which one a name means, and who ever sees a secret."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Running, running
from tests.integration import people
from tests.integration.catalogs import new_project
from tests.integration.people import Unique

from cuvee.connections import kinds
from cuvee.connections.vault import FILE
from cuvee.core.settings import Settings

SECRET = "s3kr1t-never-to-be-seen"
WAREHOUSE: dict[str, Any] = {
    "kind": "iceberg-rest",
    "description": "what others keep",
    "properties": {"uri": "https://catalog.example.org", "warehouse": "main"},
    "secrets": {"token": SECRET},
}
#: One whole connection of each kind, with a secret.
WHOLE: dict[str, dict[str, Any]] = {
    "spark": {
        "properties": {"spark.sql.shuffle.partitions": "4"},
        "secrets": {"spark.hadoop.fs.s3a.secret.key": SECRET},
    },
    "iceberg-rest": {"properties": WAREHOUSE["properties"], "secrets": {"token": SECRET}},
    "iceberg-sql": {"properties": {"uri": f"postgresql+psycopg://me:{SECRET}@db:5432/catalog"}},
    "hive": {"properties": {"uri": "thrift://a:9083,thrift://b:9083"}, "secrets": {"s3.secret-access-key": SECRET}},
    "object-store": {"properties": {"uri": "s3://bucket/x"}, "secrets": {"s3.secret-access-key": SECRET}},
    "sql": {"properties": {"uri": "sqlite:////data/x.db"}, "secrets": {"connect.key": SECRET}},
}


@pytest.fixture
def project(client: httpx.Client, unique: Unique) -> str:
    return new_project(client, unique("connections"))


@pytest.fixture
def place(project: str) -> str:
    return f"/api/v2/projects/{project}/dataconnections"


@pytest.fixture
def shared(client: httpx.Client, unique: Unique) -> Iterator[str]:
    """The name of a connection that everybody has."""
    name = unique("everybodys")
    made(client, "/api/v2/dataconnections", name=name, **WAREHOUSE)
    yield name
    assert client.delete(f"/api/v2/dataconnections/{name}").status_code == 200


def made(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:
    reply = client.post(path, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def refused(reply: httpx.Response) -> str:
    """The sentence of a refusal in API v2's shape."""
    assert reply.status_code == 400, reply.text
    body = reply.json()
    assert body["code"] == 3
    assert body["details"] == []
    return body["message"]


def names(client: httpx.Client, path: str, **query: Any) -> list[str]:
    return [each["name"] for each in client.get(path, params=query).json()["data_connections"]]


def test_a_project_has_a_connection_that_nobody_made(client: httpx.Client, place: str):
    assert names(client, place)[0] == "default"
    assert client.get(f"{place}/default/properties").json()["kind"] == "spark"
    assert client.delete(f"{place}/default").status_code == 409
    assert client.get(f"{place}/Spark").json()["name"] == "default"
    assert "default" in refused(client.post(place, json={"name": "Default", "kind": "spark"}))


def test_a_connection_is_made_shown_changed_and_deleted(client: httpx.Client, place: str):
    one = made(client, place, name="lake", **WAREHOUSE)
    assert (one["properties"], one["secrets"]) == (WAREHOUSE["properties"], ["token"])

    change = {"name": "pond", "properties": {"warehouse": None, "prefix": "p"}, "secrets": {"credential": "a:b"}}
    changed = client.patch(f"{place}/LAKE", json=change).json()

    assert changed == client.get(f"{place}/{one['id']}").json()
    assert changed["properties"] == {"uri": "https://catalog.example.org", "prefix": "p"}
    assert (changed["name"], changed["secrets"]) == ("pond", ["credential", "token"])
    assert client.delete(f"{place}/pond").status_code == 200
    assert client.get(f"{place}/pond").status_code == 404


def test_a_secret_is_replaced_and_taken_away(client: httpx.Client, place: str):
    made(client, place, name="lake", **WAREHOUSE)

    def token() -> str | None:
        return client.get(f"{place}/lake/properties").json()["properties"].get("token")

    assert token() == SECRET
    client.patch(f"{place}/lake", json={"secrets": {"token": "another"}})
    assert token() == "another"
    client.patch(f"{place}/lake", json={"secrets": {"token": None}})
    assert token() is None
    assert client.get(f"{place}/lake").json()["secrets"] == []


def test_a_password_in_an_address_becomes_a_secret(client: httpx.Client, place: str):
    address = "postgresql+psycopg://me:p%40ss@db.example.org/sales?sslmode=require"
    one = made(client, place, name="sales", kind="sql", properties={"uri": address})

    assert one["properties"]["uri"] == "postgresql+psycopg://me@db.example.org/sales?sslmode=require"
    assert one["secrets"] == ["password"]
    whole = client.get(f"{place}/sales/properties").json()
    assert whole["properties"] == {"uri": address}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_workload_gets_whole_what_a_page_shows_in_part(client: httpx.Client, place: str, kind: str):
    made(client, place, name="one", kind=kind, **WHOLE[kind])

    assert SECRET not in client.get(f"{place}/one").text
    assert SECRET in client.get(f"{place}/one/properties").text


def test_a_projects_own_connection_wins_over_everybodys(
    client: httpx.Client, place: str, shared: str, platform: Running
):
    assert client.get(f"{place}/{shared}").json()["is_shared"]
    assert client.patch(f"{place}/{shared}", json={"description": "mine"}).status_code == 403

    own = made(client, place, name=shared.upper(), kind="sql", properties={"uri": "sqlite:////x.db"})

    assert client.get(f"{place}/{shared}").json()["id"] == own["id"]
    assert [name for name in names(client, place) if name.lower() == shared] == [shared.upper()]


def test_a_list_is_filtered_sorted_and_paged(client: httpx.Client, place: str):
    for name in ("ant", "bee", "cat"):
        made(client, place, name=name, kind="sql", properties={"uri": "sqlite:////x.db"})

    first = client.get(place, params={"page_size": 2, "sort": "-name", "search_filter": '{"kind": "sql"}'}).json()
    rest = names(
        client, place, page_size=2, sort="-name", search_filter='{"kind": "sql"}', page_token=first["next_page_token"]
    )

    assert [each["name"] for each in first["data_connections"]] == ["cat", "bee"]
    assert rest == ["ant"]
    refused(client.get(place, params={"sort": "secrets"}))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"name": "x y"}, "letters"),
        ({"name": ""}, "letters"),
        ({"name": "cuvee"}, "own catalog"),
        ({"kind": "ftp"}, "of the kind"),
        ({"properties": {}}, "needs `uri`"),
        ({"properties": {"uri": "https://x", "colour": "red"}}, "no property"),
        ({"properties": {"uri": "https://x", "token": SECRET}}, "secret"),
        ({"properties": {"uri": "https://x", "header.Authorization": SECRET}}, "secret"),
        ({"properties": {"uri": "https://x", "s3.endpoint": f"http://me:{SECRET}@host"}}, "password"),
        ({"properties": {"uri": f"https://me:{SECRET}@x"}}, "no password"),
        ({"properties": {"uri": f"https://x/?access_token={SECRET}"}}, "secret"),
        ({"properties": {"uri": "file:///etc/passwd"}}, "begins with"),
        ({"kind": "hive", "properties": {"uri": "thrift://a:9083,thrift://b"}, "secrets": {}}, "says its port"),
        ({"properties": {"uri": "https://x\nspark.jars /tmp/evil.jar"}}, "one line"),
        ({"properties": {"uri": "https://x", "prefix": "a"}, "secrets": {"prefix": "a"}}, "both"),
        ({"kind": "sql", "properties": {"uri": f"postgresql://me:a/{SECRET}@db/x"}}, "percent-encoded"),
        ({"kind": "sql", "properties": {"uri": f"postgresql://me:1/{SECRET}@db/x"}}, "percent-encoded"),
        ({"kind": "sql", "properties": {"uri": f"postgresql://db/x?password={SECRET}"}}, "secret"),
        ({"kind": "sql", "properties": {"uri": f"a://me:{SECRET}@x"}, "secrets": {"password": "b"}}, "once"),
        ({"secrets": {"token": ""}}, "empty"),
    ],
)
def test_nonsense_is_refused_in_a_sentence_without_the_secret(
    client: httpx.Client, place: str, body: dict[str, Any], says: str
):
    reply = client.post(place, json={"name": "lake", **WAREHOUSE, "secrets": {}, **body})

    assert says in refused(reply)
    assert SECRET not in reply.text
    assert names(client, place) == ["default"]


def test_a_viewer_sees_connections_and_no_secret(
    platform: Running, client: httpx.Client, project: str, place: str, unique: Unique
):
    made(client, place, name="lake", **WAREHOUSE)
    name = unique("viewer")
    with people.user(platform, name) as viewer:
        assert viewer.get(f"{place}/lake").status_code in {403, 404}
        new_project(viewer, name)  # now there is a project in which they may do everything
        assert viewer.get(place).status_code == 404
        assert viewer.get(f"{place}/lake/properties").status_code == 404
        client.put(f"/api/v2/projects/{project}/collaborators/{name}", json={"permission": "read"})

        assert viewer.get(f"{place}/lake").json()["secrets"] == ["token"]
        assert viewer.get(f"{place}/lake/properties").status_code == 403
        assert viewer.patch(f"{place}/lake", json={"description": "mine"}).status_code == 403
        assert viewer.post(place, json={"name": "mine", "kind": "spark"}).status_code == 403
        assert viewer.delete(f"{place}/lake").status_code == 403
        client.put(f"/api/v2/projects/{project}/collaborators/{name}", json={"permission": "write"})

        assert viewer.get(f"{place}/lake/properties").json()["properties"]["token"] == SECRET


def test_only_administrators_make_connections_for_everybody(platform: Running, shared: str, unique: Unique):
    with people.user(platform, unique("anna")) as anna:
        path = "/api/v2/dataconnections"
        assert shared in names(anna, path)
        assert SECRET not in anna.get(path).text
        body = {"name": "mine", "kind": "spark"}
        assert anna.post(path, json=body).status_code == 403
        assert anna.patch(f"{path}/{shared}", json={"description": "mine"}).status_code == 403
        assert anna.delete(f"{path}/{shared}").status_code == 403


def test_a_key_of_another_project_opens_nothing_here(
    platform: Running, client: httpx.Client, place: str, unique: Unique
):
    made(client, place, name="lake", **WAREHOUSE)
    other = new_project(client, unique("other"))
    me = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
    key = made(client, f"/api/v2/users/{me}/v2_keys", project_id=other)["api_key"]

    with platform.client(key) as bound:
        assert bound.get(f"{place}/lake/properties").status_code == 404
        assert bound.get(place).status_code == 404
        assert bound.post("/api/v2/dataconnections", json={"name": "x", "kind": "spark"}).status_code == 403


def test_a_browser_is_handed_no_secret(platform: Running, client: httpx.Client, place: str):
    made(client, place, name="lake", **WAREHOUSE)
    code = client.post("/api/v2/sign_in_codes", json={}).json()["path"].partition("=")[2]
    with platform.client("") as browser:
        assert browser.post("/api/v2/sign_ins", json={"code": code}).status_code == 200

        assert browser.get(f"{place}/lake").status_code == 200
        reply = browser.get(f"{place}/lake/properties")

        assert reply.status_code == 403
        assert SECRET not in reply.text


def test_secrets_are_on_the_disk_only_sealed_and_the_key_is_its_owners(
    platform: Running, client: httpx.Client, place: str, unique: Unique
):
    secret = unique("sealed")
    made(client, place, name="lake", **{**WAREHOUSE, "secrets": {"token": secret}})
    address = f"postgresql://me:{secret}@db/x"
    made(client, place, name="base", kind="sql", properties={"uri": address})

    key = platform.home / FILE
    assert key.stat().st_mode & 0o777 == 0o600
    holding = [path for path in platform.home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert holding == []


def test_the_log_tells_no_secret(client: httpx.Client, place: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    made(client, place, name="lake", **WAREHOUSE)
    client.patch(f"{place}/lake", json={"secrets": {"token": SECRET, "uri": SECRET, "colour": SECRET}})
    client.post(place, json={"name": "x", "kind": "sql", "properties": {"uri": f"postgresql://me:a/{SECRET}@db"}})
    client.post(place, content=f'{{"secrets": {{"token": {SECRET}}}}}')
    client.post(place, json={"secrets": {"token": [SECRET]}})
    client.get(f"{place}/lake/properties")

    assert SECRET not in caplog.text


def test_without_the_homes_key_a_secret_is_entered_again(tmp_path: Path):
    home = Settings(home=tmp_path, port=0)
    with running(home) as platform, platform.client() as client:
        place = f"/api/v2/projects/{client.get('/api/v2/projects/default').json()['id']}/dataconnections"
        made(client, place, name="lake", **WAREHOUSE)
    (tmp_path / FILE).unlink()
    with running(home) as platform, platform.client() as client:
        assert client.get(f"{place}/lake").json()["secrets"] == ["token"]
        lost = client.get(f"{place}/lake/properties")
        assert (lost.status_code, lost.json()["code"]) == (409, 6)
        assert client.patch(f"{place}/lake", json={"secrets": {"token": "new"}}).status_code == 200
        assert client.get(f"{place}/lake/properties").json()["properties"]["token"] == "new"


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        (
            "iceberg-rest",
            {**WAREHOUSE, "properties": {**WAREHOUSE["properties"], "s3.region": "eu-1", "py-io-impl": "x.Y"}},
            {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "rest", ".uri": "https://catalog.example.org",
             ".warehouse": "main", ".token": SECRET, ".s3.region": "eu-1", ".client.region": "eu-1",
             ".io-impl": "org.apache.iceberg.io.ResolvingFileIO", ".cache-enabled": "false"},
        ),
        (
            "hive",
            {**WHOLE["hive"], "properties": {**WHOLE["hive"]["properties"], "hive.metastore.sasl.enabled": "true"}},
            {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "hive", ".uri": "thrift://a:9083,thrift://b:9083",
             ".hadoop.hive.metastore.sasl.enabled": "true", ".s3.secret-access-key": SECRET,
             ".io-impl": "org.apache.iceberg.io.ResolvingFileIO", ".cache-enabled": "false"},
        ),
        (
            "hive",
            {"properties": {"uri": "thrift://a:9083", "io-impl": "x.Y", "s3.endpoint": "http://store:9000"}},
            {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "hive", ".uri": "thrift://a:9083",
             ".s3.endpoint": "http://store:9000", ".s3.path-style-access": "true", ".io-impl": "x.Y",
             ".cache-enabled": "false"},
        ),
        (
            "hive",
            {"properties": {"uri": "thrift://a:9083", "s3.endpoint": "https://store",
                            "s3.force-virtual-addressing": "true"}},
            {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "hive", ".uri": "thrift://a:9083",
             ".s3.endpoint": "https://store", ".s3.force-virtual-addressing": "true",
             ".s3.path-style-access": "false", ".io-impl": "org.apache.iceberg.io.ResolvingFileIO",
             ".cache-enabled": "false"},
        ),
        (
            "iceberg-sql",
            WHOLE["iceberg-sql"],
            {"": "org.apache.iceberg.spark.SparkCatalog", ".catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
             ".uri": "jdbc:postgresql://db:5432/catalog", ".jdbc.user": "me", ".jdbc.password": SECRET,
             ".cache-enabled": "false"},
        ),
        (
            "iceberg-rest",
            {"properties": {"uri": "https://x", "auth.type": "basic"}, "secrets": {"auth.basic.password": SECRET}},
            {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "rest", ".uri": "https://x",
             ".rest.auth.type": "basic", ".rest.auth.basic.password": SECRET, ".cache-enabled": "false"},
        ),
        ("sql", WHOLE["sql"], {}),
        ("object-store", WHOLE["object-store"], {}),
    ],
)  # fmt: skip
def test_spark_is_told_of_catalogs_in_its_own_words(
    client: httpx.Client, place: str, kind: str, body: dict[str, Any], told: dict[str, str]
):
    made(client, place, **{**body, "name": "lake", "kind": kind})

    spark = client.get(f"{place}/lake/properties").json()["spark"]

    assert spark == {f"spark.sql.catalog.lake{end}": value for end, value in told.items()}


def test_connections_go_with_their_project(client: httpx.Client, project: str, place: str):
    made(client, place, name="lake", **WAREHOUSE)
    assert client.delete(f"/api/v2/projects/{project}").status_code == 200
    assert client.get(place).status_code == 404


_texts = st.text(max_size=40) | st.sampled_from(["uri", "token", "password", "s3.endpoint", "a://b:c@d", "\0", "￿"])
_values = st.none() | st.integers() | _texts | st.lists(_texts, max_size=2)
_maps = st.dictionaries(_texts, _values, max_size=4) | _values
_bodies = st.fixed_dictionaries(
    {},
    optional={
        "name": _values,
        "kind": st.sampled_from(list(WHOLE)) | _values,
        "description": _values,
        "properties": _maps,
        "secrets": _maps,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_bodies, name=_texts)
def test_whatever_is_sent_is_taken_or_refused(
    client: httpx.Client, fuzzed: str, quoted: Callable[[str], str], body: Any, name: str
):
    replies = [
        client.post(fuzzed, json=body),
        client.patch(f"{fuzzed}/{quoted(name)}", json=body),
        client.get(f"{fuzzed}/{quoted(name)}/properties"),
        client.get(fuzzed, params={"search_filter": name, "sort": name}),
    ]
    assert all(reply.status_code < 500 for reply in replies), [reply.text for reply in replies]


@pytest.fixture(scope="module")
def fuzzed(platform: Running) -> str:
    with platform.client() as client:
        return f"/api/v2/projects/{new_project(client, 'fuzzed-connections')}/dataconnections"


@pytest.fixture(scope="module")
def quoted() -> Callable[[str], str]:
    return lambda text: httpx.URL("http://x/", params={"q": text}).query.decode()[2:].replace("+", "%20")


def test_every_kind_says_what_it_is():
    assert set(WHOLE) == {str(kind) for kind in kinds.SHAPES}
