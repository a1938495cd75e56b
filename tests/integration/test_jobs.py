"""Jobs over API v2: what is taken, what is refused, who may what. Nothing is started here."""

import json
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Running
from tests.integration import people
from tests.integration.scheduled import Work


@pytest.fixture(scope="module")
def work(platform: Running) -> Iterator[Work]:
    with platform.client() as client:
        yield Work(client)


def refused(reply: httpx.Response, status: int = 400) -> str:
    assert reply.status_code == status, reply.text
    assert reply.json().keys() == {"error", "code", "message", "details"}
    return reply.json()["message"]


def test_a_job_is_what_was_said_in_cmls_shapes(work: Work):
    made = work.job(
        name="fit", arguments="-n 3", cpu="1", memory=2, timeout="600", schedule="0  9 * * MON", timezone="Asia/Tokyo",
        environment={"A": "b"}, runtime_addon_identifiers=["spark-4.0"], kernel="python3", unknown="ignored",
    )  # fmt: skip
    found = work.ask("GET", f"/{made['id']}").json()

    assert found == made
    assert (found["type"], found["schedule"], found["english_schedule"]) == (
        "cron",
        "0 9 * * MON",
        "At 09:00 on Monday",
    )
    assert (found["timeout"], found["kill_on_timeout"], found["paused"]) == ("600", True, False)
    assert (found["nvidia_gpu"], found["parent_id"], json.loads(found["environment"])) == (0, "", {"A": "b"})
    assert found["project"] == {
        "public_identifier": work.project, "name": work.name, "default_project_engine": "ml_runtime", "slug": work.name,
    }  # fmt: skip
    assert found["next_run_at"].endswith("00:00:00.000Z")
    assert made["id"] in [job["id"] for job in work.client.get("/api/v2/jobs").json()["jobs"]]


def test_what_was_read_can_be_sent_back(work: Work):
    made = work.job(environment={"A": "b"}, timeout=60, schedule="0 9 * * *")
    changed = work.ask("PATCH", f"/{made['id']}", **{**made, "name": "other"})

    assert changed.status_code == 200, changed.text
    assert {**changed.json(), "updated_at": ""} == {**made, "name": "other", "updated_at": ""}


def test_what_is_left_out_stays_and_one_trigger_takes_the_place_of_the_other(work: Work):
    parent = work.job(name="parent")
    made = work.job(schedule="0 9 * * *", arguments="x")
    child = work.ask("PATCH", f"/{made['id']}", parent_job_id=parent["id"]).json()
    again = work.ask("PATCH", f"/{made['id']}", schedule="1 9 * * *").json()

    assert (child["type"], child["parent_id"], child["schedule"], child["arguments"]) == (
        "dependent",
        parent["id"],
        "",
        "x",
    )
    assert (again["type"], again["parent_id"]) == ("cron", "")


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "n" * 101}, "name"),
        ({"script": ""}, "file"),
        ({"script": "absent.py"}, "file"),
        ({"script": "../../etc/passwd"}, ""),
        ({"script": "/etc/passwd"}, ""),
        ({"arguments": "'open"}, "quotation"),
        ({"arguments": "a" * 10_001}, "10,000"),
        ({"arguments": "a\0b"}, ""),
        ({"schedule": "61 * * * *"}, "cron"),
        ({"schedule": "0 0 30 2 *"}, ""),
        ({"schedule": "* * * * * *"}, "five"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
        ({"timezone": "../../etc/passwd"}, "time zone"),
        ({"schedule": "0 9 * * *", "parent_id": "0000-0000-0000-0000"}, "not both"),
        ({"parent_id": "0000-0000-0000-0000"}, "parent"),
        ({"parent_id": "0000-0000-0000-0000", "parent_job_id": "1"}, "same"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": 10**30}, "number"),
        ({"timeout": "soon"}, "number"),
        ({"cpu": 10_000}, "machine"),
        ({"memory": -3}, "memory"),
        ({"cpu": "many"}, "number"),
        ({"nvidia_gpu": 1}, "GPU"),
        ({"run_as": 7}, "service account"),
        ({"recipients": [{"email": "a@b.c"}]}, "E-mail"),
        ({"failure_recipients": "a@b.c"}, "E-mail"),
        ({"attachments": ["report.pdf"]}, "E-mail"),
        ({"environment": "no json"}, ""),
        ({"environment": {"A=B": "c"}}, ""),
        ({"environment": {"A": "\0"}}, ""),
        ({"paused": "perhaps"}, "paused"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(work: Work, said: dict, word: str):
    reply = work.ask("POST", **{"name": "job", "script": work.script("job.py"), **said})

    assert word.lower() in refused(reply).lower()


@pytest.mark.parametrize(
    "said", [{"runtime_identifier": "nobody/made:this"}, {"runtime_addon_identifiers": ["spark-9"]}]
)
def test_what_this_machine_does_not_have_is_refused(work: Work, said: dict):
    reply = work.ask("POST", **{"name": "job", "script": work.script("job.py"), **said})

    assert reply.status_code in {400, 404}
    assert refused(reply, reply.status_code).startswith("There is no")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("0123456789*/-,L#W MONJA", max_size=30) | st.text(max_size=60))
def test_no_schedule_is_an_accident(work: Work, schedule: str):
    reply = work.ask("POST", name="fuzzed", script="job.py", schedule=schedule)

    if reply.status_code == 200:
        assert work.ask("DELETE", f"/{reply.json()['id']}").status_code == 200
    else:
        refused(reply)


def test_jobs_do_not_come_after_themselves(work: Work):
    first = work.job(name="first")
    second = work.job(name="second", parent_id=first["id"])

    assert "after itself" in refused(work.ask("PATCH", f"/{first['id']}", parent_id=second["id"]))
    refused(work.ask("PATCH", f"/{first['id']}", parent_id=first["id"]))
    assert work.ask("DELETE", f"/{first['id']}").json() == {}
    assert work.ask("GET", f"/{second['id']}").json()["type"] == "manual"


def test_lists_are_filtered_sorted_and_paged(platform: Running):
    with platform.client() as client:
        work = Work(client)
        for name in ("b", "a", "c"):
            work.job(name=name, paused=name == "c")
        first = work.ask("GET", "?sort=-name&page_size=2").json()
        rest = work.ask("GET", f"?sort=-name&page_size=2&page_token={first['next_page_token']}").json()
        paused = work.ask("GET", '?search_filter={"paused":"t"}').json()["jobs"]
        refused(work.ask("GET", '?search_filter={"colour":"red"}'))

    assert [job["name"] for job in first["jobs"] + rest["jobs"]] == ["c", "b", "a"]
    assert (rest["next_page_token"], [job["name"] for job in paused]) == ("", ["c"])


def test_what_is_not_there_is_not_found(work: Work):
    made = work.job()
    other = Work(work.client)
    for path in (
        "/0000-0000-0000-0000",
        "/nonsense",
        f"/{made['id']}/runs/0000-0000-0000-0000",
        f"/{made['id']}/runs/x:logs",
    ):
        refused(work.ask("GET", path), 404)
    refused(other.ask("GET", f"/{made['id']}"), 404)
    refused(other.ask("POST", f"/{made['id']}/runs"), 404)


@pytest.mark.parametrize(
    ("permission", "allowed"), [("read", {"see"}), ("operator", {"see"}), ("write", {"see", "change", "delete"})]
)
def test_a_role_may_what_it_may(platform: Running, work: Work, unique, permission: str, allowed: set[str]):
    made = work.job(environment={"SECRET": "s3cret"})
    place = f"/{made['id']}"
    name = unique("someone")
    with people.user(platform, name) as who:
        Work(who)
        refused(work.ask("GET", place, who), 404)
        assert who.get("/api/v2/jobs").json()["jobs"] == []
        invited = work.client.put(
            f"/api/v2/projects/{work.project}/collaborators/{name}", json={"permission": permission}
        )
        assert invited.status_code == 200, invited.text
        seen = work.ask("GET", place, who)
        did = {
            "see": seen.status_code == 200,
            "change": work.ask("PATCH", place, who, name="x").status_code == 200,
            "delete": work.ask("DELETE", place, who).status_code == 200,
        }
        if permission != "write":  # who may would start it
            refused(work.ask("POST", f"/{work.job()['id']}/runs", who, arguments="--evil"), 403)

    assert {what for what, done in did.items() if done} == allowed
    assert ("s3cret" in seen.text) == (permission == "write")
