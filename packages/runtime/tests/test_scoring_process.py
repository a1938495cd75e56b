"""The server as the platform starts it: port file, token, failure to load, SIGTERM, an older MLflow."""

import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import WINE, make_models, wait_for

PACKAGE = Path(__file__).parents[1]


def test_a_replica_says_where_it_listens_and_drains_on_sigterm(models, replica):
    started = replica("--model", models / "wine", token="secret")

    with started.client() as client:
        refused = client.get("/ping")
        answered = client.post("/model", json={"request": WINE}, headers={"X-Cuvee-Replica-Token": "secret"})

    assert refused.status_code == 401
    assert answered.json()["ReplicaID"] == "r-1"
    assert started.stop() == 0


def test_a_model_that_cannot_be_loaded_ends_the_process_with_the_traceback(tmp_path, replica):
    started = replica("--model", tmp_path / "nothing")

    assert started.process.wait(120) == 1
    assert "Traceback" in started.log.read_text()
    assert not started.port_file.exists()


def test_a_function_of_a_project_file_is_served(tmp_path, replica):
    (tmp_path / "helper.py").write_text("FACTOR = 2\n")
    (tmp_path / "predict.py").write_text(
        "import helper\ndef predict(args):\n    if args['x'] < 0: raise SystemExit(3)\n"
        "    return {'y': args['x'] * helper.FACTOR, 'nan': float('nan')}\n"
    )
    started = replica("--file", tmp_path / "predict.py", "--function", "predict")

    with started.client() as client:
        answer = client.post("/model", json={"request": {"x": 4}}).json()
        failed = client.post("/model", json={"request": {"x": -4}})
        again = client.post("/model", json={"request": {"x": 5}}).json()

    assert answer["response"] == {"y": 8, "nan": None}
    assert failed.status_code == 500
    assert again["response"]["y"] == 10


@pytest.mark.parametrize("function", ["absent", "later"])
def test_a_function_that_is_not_there_is_named(tmp_path, replica, function):
    (tmp_path / "predict.py").write_text("async def later(args): ...\n")
    started = replica("--file", tmp_path / "predict.py", "--function", function)

    assert started.process.wait(120) == 1
    assert repr(function) in started.log.read_text()


@pytest.fixture(scope="session")
def older_python():
    """An environment with MLflow 2.22.5 and this package, kept beside this one so that the next run finds it."""
    uv = shutil.which("uv")
    folder = Path(sys.prefix) / "older"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([uv, "venv", "-q", "--python", "3.11", folder], check=True)
    requirements = ["mlflow-skinny==2.22.5", "pandas<3", "scikit-learn", "--editable", str(PACKAGE)]
    install = [uv, "pip", "install", "-q", "--compile-bytecode", "--python", python]
    subprocess.run([*install, *requirements], check=True)
    return python


def test_models_of_mlflow_2_are_served_by_mlflow_2(older_python, tmp_path, replica):
    make_models(older_python, tmp_path, ["wine"])
    started = replica("--model", tmp_path / "wine", python=older_python)

    with started.client() as client:
        answer = client.post("/model", json={"request": WINE}).json()
        refused = client.post("/invocations", json={"inputs": {"pH": [1]}})
        version = client.get("/version").text

    assert isinstance(answer["response"][0], float)
    assert "'alcohol'" in refused.json()["message"]
    assert version == "2.22.5"


@pytest.fixture
def slow(tmp_path, replica):
    """A replica whose model says that it has begun, and goes on when it is let."""
    (tmp_path / "predict.py").write_text(
        "import pathlib, time\n"
        "def predict(args):\n"
        "    pathlib.Path('begun').touch()\n"
        "    while not pathlib.Path('go').exists(): time.sleep(0.005)\n"
        "    return 'done'\n"
    )
    return replica("--file", tmp_path / "predict.py", "--function", "predict")


def test_while_the_model_works_health_is_answered_and_sigterm_waits_for_it(tmp_path, slow):
    with slow.client() as client, ThreadPoolExecutor() as threads:
        answer = threads.submit(client.post, "/model", json={"request": {}})
        wait_for((tmp_path / "begun").exists)
        health = client.get("/ping").status_code
        slow.process.send_signal(signal.SIGTERM)
        (tmp_path / "go").touch()

        assert health == 200
        assert answer.result().json()["response"] == "done"
    assert slow.process.wait(30) == 0


def test_a_model_from_code_needs_neither_mlflow_nor_pandas():
    program = (
        "import sys, cuvee_runtime.scoring.command, cuvee_runtime.scoring.function\n"
        "print({'mlflow', 'pandas', 'numpy'} & sys.modules.keys())"
    )

    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout == "set()\n"
