"""What holds for every page there is, with things in it that somebody could have made."""

from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pyarrow as pa
import pytest
from playwright.sync_api import BrowserContext
from pyiceberg.types import DoubleType
from tests.browser.conftest import overflow, serious, watch
from tests.conftest import ENVIRONMENTS, Running, running, wait_for
from tests.integration.catalogs import WINES, connect
from tests.tools.tour import Stop, stops

from cuvee.core.settings import Settings

_PRESSED = "[data-live][hx-get] :is(tbody > tr:has(a, button), li:has(a, button), a.list-group-item):not([id])"
MLMODEL = "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.sklearn\n"
EXAMPLE = {"columns": ["alcohol"], "data": [[12.8]]}

Tour = tuple[Running, list[Stop]]
Open = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tour]:
    """A platform with a bit of everything, and its pages."""
    settings = Settings(home=tmp_path_factory.mktemp("tour"), port=0, shared_environments=ENVIRONMENTS)
    with running(settings) as site, site.client() as client:
        fill(client)
        fill_catalog(site)
        yield site, list(stops(client))
        leave(client)


def fill(client: httpx.Client) -> None:
    """The tutorial's projects, with what its scripts would leave."""
    dev, prd = (
        client.post("/api/v2/projects", json={"name": name, "template": template}).raise_for_status().json()["id"]
        for name, template in (("DEV", "tutorial"), ("PRD", ""))
    )
    in_dev = {**client.headers, "x-mlflow-workspace": "DEV"}
    with httpx.Client(base_url=f"{client.base_url}/api/2.0/mlflow", headers=in_dev, timeout=60) as mlflow:
        made = mlflow.post("/experiments/create", json={"name": "wine-quality-test"})
        experiment = made.raise_for_status().json()["experiment_id"]
        for number in range(3):
            run = mlflow.post("/runs/create", json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]
            metrics = [{"key": key, "value": step / (number + 1), "step": step, "timestamp": step + 1}
                       for key in ("rmse", "r2") for step in range(50)]  # fmt: skip
            params = [{"key": "alpha", "value": str(number)}, {"key": "l1_ratio", "value": "0.6"}]
            tags = [
                {"key": "mlflow.note.content", "value": "# Notes\n\nA *good* one."},
                {"key": "data", "value": "wine"},
            ]
            mlflow.post("/runs/log-batch", json={"run_id": run, "metrics": metrics, "params": params, "tags": tags})
        path = f"{client.base_url}/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/model/MLmodel"
        mlflow.put(path, content=MLMODEL).raise_for_status()
        mlflow.post("/registered-models/create", json={"name": "Classifier"}).raise_for_status()
        source = {"name": "Classifier", "source": f"runs:/{run}/model", "run_id": run}
        mlflow.post("/model-versions/create", json=source).raise_for_status()
    endpoint = {"name": "wine", "description": "Scores wines", "project_id": prd, "disable_authentication": True}
    client.post(f"/api/v2/projects/{prd}/models", json=endpoint).raise_for_status()
    address = {"uri": "postgresql+psycopg://reader:secret@db.example.org/sales", "connect.sslmode": "require"}
    sales = {"name": "sales", "kind": "sql", "description": "What was sold, by shop and day.", "properties": address}
    client.post(f"/api/v2/projects/{dev}/dataconnections", json=sales).raise_for_status()
    lake = {"uri": "https://catalog.example.org/iceberg", "warehouse": "main"}
    shared = {"name": "lake", "kind": "iceberg-rest", "properties": lake, "secrets": {"token": "secret"}}
    client.post("/api/v2/dataconnections", json=shared).raise_for_status()
    fill_jobs(client, f"/api/v2/projects/{dev}")
    sessions = f"/api/v2/projects/{dev}/sessions"
    session = client.post(sessions, json={"name": "workbench"}).raise_for_status().json()["id"]
    wait_for(lambda: client.get(f"{sessions}/{session}").json()["status"] == "running", 120)


def fill_jobs(client: httpx.Client, project: str) -> None:
    """A job that failed, and one that would come after it."""
    client.put(f"{project}/files/fail.py", content=b"raise ValueError('no table')").raise_for_status()
    said = {"name": "Nightly", "script": "fail.py", "schedule": "30 2 * * MON-FRI", "environment": {"A": "b"}}
    job = client.post(f"{project}/jobs", json=said).raise_for_status().json()["id"]
    client.post(f"{project}/jobs", json={"name": "After", "script": "fail.py", "parent_id": job}).raise_for_status()
    run = client.post(f"{project}/jobs/{job}/runs").raise_for_status().json()["id"]
    wait_for(lambda: client.get(f"{project}/jobs/{job}/runs/{run}").json()["finished_at"], 240)


def fill_catalog(site: Running) -> None:
    """A table of project DEV that was written to twice and changed in between."""
    table = connect(site, "DEV").create_table("default.wines", schema=WINES.schema)
    table.append(WINES)
    with table.update_schema() as change:
        change.add_column("price", DoubleType(), doc="In euros")
    table.append(pa.table({"quality": [9], "name": ["d"], "price": [12.5]}))


def leave(client: httpx.Client) -> None:
    """Stop what runs."""
    for project in client.get("/api/v2/projects").json()["projects"]:
        sessions = f"/api/v2/projects/{project['id']}/sessions"
        for session in client.get(sessions).json()["sessions"]:
            client.post(f"{sessions}/{session['id']}:stop").raise_for_status()


def failures(tour: Tour, check: Callable[[Stop], list[str]]) -> list[str]:
    _site, pages = tour
    assert len(pages) > 20
    return [f"{stop.path}: {problem}" for stop in pages for problem in check(stop)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.timeout(600)
def test_nothing_keeps_anybody_out(tour: Tour, open_context: Open, scheme: str):
    """Names, roles, contrast: axe finds nothing serious. And nothing fails unseen, and no other host is asked."""
    site, _pages = tour
    page = open_context(site, color_scheme=scheme).new_page()
    wrong = watch(page)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))

    def check(stop: Stop) -> list[str]:
        wrong.clear()
        reply = page.goto(stop.path, wait_until="load")
        status = [] if reply and reply.ok else [f"status {reply and reply.status}"]
        return [*status, *serious(page), *wrong]

    assert not failures(tour, check)
    assert {name for name in asked if name} == {urlsplit(site.url).netloc}


@pytest.mark.timeout(600)
def test_every_page_fits_a_phone(tour: Tour, open_context: Open):
    site, _pages = tour
    page = open_context(site, viewport={"width": 390, "height": 844}).new_page()

    def check(stop: Stop) -> list[str]:
        page.goto(stop.path, wait_until="load")
        wider = overflow(page)
        return [f"{wider} pixels too wide"] if wider > 0 else []

    assert not failures(tour, check)


def test_no_page_gives_an_id_twice(tour: Tour, open_context: Open):
    """Labels, links and live parts find what they mean by its id."""
    site, _pages = tour
    page = open_context(site, java_script_enabled=False).new_page()

    def check(stop: Stop) -> list[str]:
        page.goto(stop.path, wait_until="load")
        found = Counter(page.locator("[id]").evaluate_all("elements => elements.map(each => each.id)"))
        return [f"{count} times #{name}" for name, count in found.items() if count > 1]

    assert not failures(tour, check)


def test_no_page_needs_a_script_to_be_read(tour: Tour, open_context: Open):
    site, _pages = tour
    page = open_context(site, java_script_enabled=False).new_page()

    def check(stop: Stop) -> list[str]:
        page.goto(stop.path, wait_until="load")
        return [] if page.locator("h1").count() else ["no heading"]

    assert not failures(tour, check)


def test_whatever_can_be_pressed_in_a_live_list_has_an_id(tour: Tour, open_context: Open):
    """A list that changes under the mouse keeps each row: without an id it would become the one in its place."""
    site, _pages = tour
    page = open_context(site, java_script_enabled=False).new_page()

    def check(stop: Stop) -> list[str]:
        page.goto(stop.path, wait_until="load")
        return page.locator(_PRESSED).evaluate_all("rows => rows.map(each => each.outerHTML.slice(0, 200))")

    assert not failures(tour, check)
