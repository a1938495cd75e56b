"""The pages of jobs without a browser: what forms are refused, and who gets which page."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people
from tests.integration.scheduled import Work

FORM = {"name": "page", "script": "job.py", "trigger": "manual", "kernel": "", "profile": "1/2", "at": "02:00"}


@pytest.fixture(scope="module")
def work(platform: Running) -> Iterator[Work]:
    with platform.client() as client:
        client.headers["accept"] = "text/html"
        work = Work(client)
        work.script("job.py")
        new = client.get(f"/projects/{work.name}/jobs/-/new").text
        FORM["kernel"] = new.partition("<option selected>Python")[2].partition("<")[0]
        FORM["kernel"] = f"Python{FORM['kernel']}"
        yield work


def send(work: Work, **said: Any) -> httpx.Response:
    return work.client.post(f"/projects/{work.name}/jobs", data={**FORM, **said})


def test_a_form_makes_a_job_and_another_changes_it(work: Work):
    made = send(work, trigger="cron", every="monday", at="06:05", timezone="Asia/Tokyo", timeout="2", environment="A=b")
    place = made.headers["location"]
    found = work.ask("GET", place.removeprefix("/jobs")).json()
    changed = work.client.post(f"{place}/settings", data={**FORM, "name": "changed"})

    assert (found["schedule"], found["timezone"], found["timeout"]) == ("5 6 * * MON", "Asia/Tokyo", "120")
    assert changed.headers["location"] == f"{place}?done=settings"
    again = work.ask("GET", place.removeprefix("/jobs")).json()
    assert (again["name"], again["type"], again["timeout"]) == ("changed", "manual", "0")


@pytest.mark.parametrize(
    "said",
    [
        {"name": ""},
        {"script": "../x.py"},
        {"script": "absent.py"},
        {"kernel": "Cobol"},
        {"profile": "a/b"},
        {"profile": "9999/1"},
        {"trigger": "cron", "every": "never"},
        {"trigger": "cron", "every": "day", "at": "25:00"},
        {"trigger": "cron", "every": "day", "at": "²:00"},
        {"trigger": "cron", "every": "own", "schedule": "x"},
        {"trigger": "cron", "every": "day", "timezone": "../../etc/passwd"},
        {"trigger": "dependent"},
        {"trigger": "dependent", "parent": "0000-0000-0000-0000"},
        {"timeout": "soon"},
        {"timeout": "1e400"},
        {"timeout": "nan"},
        {"environment": "no equals"},
        {"environment": "1=2"},
        {"arguments": "'"},
        {"spark": "on", "addon": "spark-9"},
    ],
)
def test_a_form_that_cannot_be_used_comes_back(work: Work, said: dict[str, str]):
    reply = send(work, **said)

    assert reply.status_code in {400, 404}, reply.text[:300]
    assert 'role="alert"' in reply.text
    assert "Create job" in reply.text


@pytest.mark.parametrize(
    "query", ["", "every=day&at=x", "every=own&schedule=0+0+30+2+*", "every=day&at=02:00&timezone=Q"]
)
def test_a_schedule_is_said_or_refused_in_a_sentence(work: Work, query: str):
    reply = work.client.get(f"/jobs/-/schedule?{query}")

    assert reply.status_code == 200
    assert ("Next:" in reply.text) == (not query)


def test_a_history_shows_what_is_asked_for_of_it_and_says_how_much_there_is(work: Work):
    job = work.job(name="often")
    older, newer = [work.ended(work.start(job)) for _ in range(2)]

    short = work.client.get(f"/jobs/{job['id']}?runs=1").text
    whole = work.client.get(f"/jobs/{job['id']}").text

    assert f'id="run-{newer["id"]}"' in short
    assert f'id="run-{older["id"]}"' not in short
    assert "(2 in all)" in short
    assert f'id="run-{older["id"]}"' in whole
    assert "in all)" not in whole


def test_strangers_find_no_page_of_a_job(platform: Running, work: Work, unique):
    job = work.job()
    with people.user(platform, unique("stranger")) as stranger:
        Work(stranger)
        stranger.headers["accept"] = "text/html"
        pages = [f"/jobs/{job['id']}", f"/jobs/{job['id']}/settings", f"/jobs/{job['id']}/runs/0000-0000-0000-0000"]
        assert [stranger.get(page).status_code for page in pages] == [404] * 3
        assert stranger.post(f"/jobs/{job['id']}/-/run").status_code == 404
        assert job["id"] not in stranger.get("/jobs").text
    assert work.client.get(f"/jobs/{job['id']}").status_code == 200
