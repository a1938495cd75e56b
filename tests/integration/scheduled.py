"""Jobs as a script drives them."""

from typing import Any
from uuid import uuid4

import httpx
from tests.conftest import wait_for

ENDED = {"ENGINE_STOPPED", "ENGINE_SUCCEEDED", "ENGINE_FAILED", "ENGINE_TIMEDOUT", "ENGINE_SKIPPED"}


class Work:
    """A project with scripts, and its jobs."""

    def __init__(self, client: httpx.Client, name: str = "") -> None:
        made = client.post("/api/v2/projects", json={"name": name or f"jobs-{uuid4().hex[:8]}"})
        assert made.status_code == 200, made.text
        self.client = client
        self.name, self.project = made.json()["name"], made.json()["id"]
        self.path = f"/api/v2/projects/{self.project}/jobs"

    @classmethod
    def known(cls, client: httpx.Client, project: str) -> "Work":
        """A project that is there already."""
        work = cls.__new__(cls)
        work.client, work.project, work.path = client, project, f"/api/v2/projects/{project}/jobs"
        work.name = client.get(f"/api/v2/projects/{project}").json()["name"]
        return work

    def script(self, name: str, text: str = "print('done')\n") -> str:
        reply = self.client.put(f"/api/v2/projects/{self.project}/files/{name}", content=text.encode())
        assert reply.status_code == 200, reply.text
        return name

    def ask(self, method: str, path: str = "", who: httpx.Client | None = None, **body: Any) -> httpx.Response:
        json = body if method in {"POST", "PATCH"} else None
        return (who or self.client).request(method, self.path + path, json=json)

    def job(self, **said: Any) -> dict[str, Any]:
        """A job of a script that is there, called `job` unless it has a name."""
        reply = self.ask("POST", **{"name": "job", "script": self.script("job.py"), **said})
        assert reply.status_code == 200, reply.text
        return reply.json()

    def start(self, job: dict[str, Any], **said: Any) -> dict[str, Any]:
        reply = self.ask("POST", f"/{job['id']}/runs", **said)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def run(self, run: dict[str, Any]) -> dict[str, Any]:
        return self.ask("GET", f"/{run['job_id']}/runs/{run['id']}").json()

    def runs(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        return self.ask("GET", f"/{job['id']}/runs?sort=-created_at").json()["job_runs"]

    def reach(self, run: dict[str, Any], *states: str) -> dict[str, Any]:
        wait_for(lambda: self.run(run)["status"] in {*states, *ENDED}, 240)
        found = self.run(run)
        assert found["status"] in states, found
        return found

    def ended(self, run: dict[str, Any]) -> dict[str, Any]:
        return self.reach(run, *ENDED)

    def logs(self, run: dict[str, Any]) -> dict[str, str]:
        return self.ask("GET", f"/{run['job_id']}/runs/{run['id']}:logs").json()
