"""From a run's model to a prediction with the mouse, and what is seen on the way."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.browser.conftest import overflow, serious
from tests.conftest import Running

from cuvee.runtimes.values import Environment

#: Milliseconds: processes start slowly on a machine that does other things, too.
PATIENCE = 120_000
SOON = 60_000
TRAIN = """
from importlib.metadata import version
import mlflow, pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import ElasticNet

table = pd.DataFrame({"alcohol": [8.8, 9.5, 10.1, 12.0], "ph": [3.0, 3.3, 3.26, 3.1]})
model = ElasticNet(alpha=0.01).fit(table, [5, 6, 6, 7])
pinned = [f"{name}=={version(name)}" for name in ("mlflow", "scikit-learn", "pandas", "numpy")]
mlflow.set_experiment("wine-quality-test")
with mlflow.start_run() as run:
    signature = infer_signature(table, model.predict(table))
    mlflow.sklearn.log_model(model, name="model", signature=signature, pip_requirements=pinned)
print(f"/experiments/{run.info.experiment_id}/runs/{run.info.run_id} {float(model.predict(table.head(1))[0]):.6f}")
"""


@dataclass(frozen=True, kw_only=True)
class Vineyard:
    """Two projects, and a run with a model in the first."""

    dev: str
    prd: str
    model: str
    run_url: str
    expected: str
    home: Path
    owner: httpx.Client

    def register(self) -> None:
        """Register the run's model, as the page does."""
        body = {"run_id": self.run_url.rpartition("/")[2], "model_path": "model", "model_name": self.model}
        assert self.owner.post("/api/v2/registry/models", json=body).status_code == 200

    def deploy(self, name: str) -> str:
        """Deploy the registered version, as the page does; the address of the endpoint's page."""
        form = {
            "model": self.model,
            "version": "1",
            "name": name,
            "profile": "1:2",
            "replicas": "1",
            "auth_enabled": "on",
        }
        form["example_input"] = '{"columns": ["alcohol", "ph"], "data": [[8.8, 3.0]]}'
        reply = self.owner.post(f"/projects/{self.prd}/deployments", data=form)
        assert reply.status_code == 303, reply.text
        return str(reply.headers["location"])


@pytest.fixture(scope="module")
def vineyard(site: Running, base: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vineyard]:
    mark = uuid4().hex[:8]
    dev, prd = f"DEV-{mark}", f"PRD-{mark}"
    with site.client() as owner:
        ids = [owner.post("/api/v2/projects", json={"name": name}).json()["id"] for name in (dev, prd)]
        environment = os.environ | {
            "MLFLOW_TRACKING_URI": f"{site.url}/projects/{dev}",
            "MLFLOW_TRACKING_TOKEN": site.api_key,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "GIT_PYTHON_REFRESH": "quiet",
        }
        done = subprocess.run(
            [base.python, "-c", TRAIN], cwd=tmp_path_factory.mktemp("train"), env=environment, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        run_url, expected = done.stdout.splitlines()[-1].split()
        yield Vineyard(
            dev=dev, prd=prd, model=f"Classifier-{mark}", run_url=run_url, expected=expected, home=site.home,
            owner=owner,
        )  # fmt: skip
        owner.delete(f"/api/v2/projects/{ids[1]}")  # what runs in it ends with it


@pytest.fixture(scope="module")
def deployed(vineyard: Vineyard) -> str:
    """The page of an endpoint that is deployed, or will be in a moment."""
    vineyard.register()
    return vineyard.deploy("looked-at")


def test_a_model_is_registered_deployed_and_tried(page: Page, vineyard: Vineyard):
    page.goto(f"{vineyard.run_url}?artifact=model")
    page.get_by_role("button", name="Register Model").click()
    page.get_by_role("dialog").get_by_label("Name").fill(vineyard.model)
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("link", name=vineyard.model).first).to_be_visible()

    page.goto("/models")
    page.get_by_role("link", name=vineyard.model).click()
    page.get_by_role("link", name="Deploy version 1").click()
    page.get_by_label("Project", exact=True).select_option(vineyard.prd)
    page.get_by_role("button", name="Go").click()

    expect(page.get_by_label("Deploy registered model")).to_be_checked()
    example = page.get_by_label("Example input")
    example.fill('{"columns": ["alcohol", "ph"], "data": [["much", 3.0]]}')
    expect(page.locator("#verdict")).to_contain_text('alcohol double "much" is not a number', timeout=SOON)
    example.fill('{"columns": ["alcohol", "ph"], "data": [[8.8, 3.0]]}')
    expect(page.locator("#verdict")).to_contain_text("It fits the signature", timeout=SOON)
    page.locator("#field-name").fill("wine")
    page.get_by_label("Enable authentication").uncheck()
    page.get_by_role("button", name="Deploy Model").click()

    expect(page.locator("#state-title + div")).to_have_text("Deployed", timeout=PATIENCE)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator("#outcome")).to_contain_text("Success", timeout=SOON)
    expect(page.locator("#outcome pre")).to_contain_text(vineyard.expected[:6])

    page.get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(page.locator("#state-title + div")).to_have_text("Stopped", timeout=PATIENCE)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator("#outcome")).to_contain_text("No replica of this model is ready", timeout=SOON)


def test_what_others_do_to_a_model_is_seen_without_loading_again(page: Page, vineyard: Vineyard, deployed: str):
    page.goto(f"/models/{vineyard.model}")
    expect(page.locator("#shown")).not_to_contain_text("@champion")
    body = {"name": vineyard.model, "alias": "champion", "version": "1"}
    vineyard.owner.post("/api/2.0/mlflow/registered-models/alias", json=body)

    expect(page.locator("#shown")).to_contain_text("@champion", timeout=SOON)


def test_an_endpoint_that_wants_a_key_is_tried_without_pasting_one(page: Page, deployed: str):
    page.goto(deployed)
    expect(page.locator("#state-title + div")).to_have_text("Deployed", timeout=PATIENCE)
    page.get_by_role("button", name="Test", exact=True).click()

    expect(page.locator("#outcome")).to_contain_text("Success", timeout=SOON)


def test_a_log_grows_on_the_page(page: Page, vineyard: Vineyard, deployed: str):
    page.goto(deployed)
    expect(page.locator("#state-title + div")).to_have_text("Deployed", timeout=PATIENCE)
    page.get_by_role("link", name="Logs", exact=True).click()
    log = page.get_by_role("log")
    expect(log).to_contain_text("startup complete")
    files = [path for path in vineyard.home.glob("workloads/*/stderr.log") if "startup complete" in path.read_text()]
    for file in files:
        with file.open("a") as stream:
            stream.write("\x1b[32mone <b>more</b> line\x1b[0m\n")

    expect(log.locator(".ansi-green")).to_have_text("one <b>more</b> line", timeout=SOON)


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_usable_in_any_size_and_colour(
    open_context: Callable[..., BrowserContext], vineyard: Vineyard, deployed: str, width: int
):
    scheme = "dark" if width < 500 else "light"
    page = open_context(viewport={"width": width, "height": 844}, color_scheme=scheme).new_page()
    version = f"/models/{vineyard.model}/versions/1"
    new = f"/projects/{vineyard.prd}/deployments/-/new?model={vineyard.model}&version=1"
    tabs = [f"{deployed}{tab}" for tab in ("", "/history", "/builds", "/monitoring", "/logs", "/settings")]
    for path in ("/models", f"/models/{vineyard.model}", version, f"{version}/deploy", new, "/deployments", *tabs):
        page.goto(path)
        assert (path, overflow(page)) == (path, 0)
        assert (path, serious(page)) == (path, [])
