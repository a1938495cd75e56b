"""From code to an answer: builds, deployments, replicas, as processes."""

import os
import signal
import zipfile
from pathlib import Path

import httpx
import psutil
import pytest
from tests.conftest import Running, wait_for

from .conftest import CODE, PATIENCE, Endpoint, Project


@pytest.fixture
def deployed(project: Project) -> tuple[Endpoint, dict]:
    """An endpoint with one replica."""
    endpoint = project.endpoint(disable_authentication=True)
    return endpoint, endpoint.deploy(endpoint.build(**CODE))


def test_one_request_creates_builds_and_deploys(project: Project):
    endpoint = project.endpoint(
        auto_build_model=True, auto_build_config=CODE, auto_deploy_model=True,
        auto_deployment_config={"cpu": "0.5", "memory": "1", "environment": {"MOOD": "good"}},
    )  # fmt: skip
    build = endpoint.ended(endpoint.builds()[0])
    deployment = endpoint.settled(endpoint.deployments(build)[0])

    assert (build["status"], deployment["status"]) == ("built", "deployed")
    assert (deployment["cpu"], deployment["memory"], deployment["environment"]) == (0.5, 1.0, '{"MOOD":"good"}')
    answer = endpoint.call(x=21).json()
    assert (answer["success"], answer["response"]["twice"], answer["response"]["mood"]) == (True, 42, "good")
    assert answer["ReplicaID"] == endpoint.replicas(deployment)[0]["name"]


def test_what_a_model_raises_stays_in_its_log(deployed: tuple[Endpoint, dict]):
    endpoint, deployment = deployed
    reply = endpoint.call(x=1, fail=True)

    assert reply.status_code == 500
    assert "secret-detail" not in reply.text
    log = f"{endpoint.path}/builds/{deployment['build_id']}/deployments/{deployment['id']}/replicas"
    name = endpoint.replicas(deployment)[0]["name"]
    assert "secret-detail" in endpoint.client.get(f"{log}/{name}/log").text


def test_a_build_does_not_change_with_the_project(project: Project, deployed: tuple[Endpoint, dict]):
    endpoint, _deployment = deployed
    (project.folder / "predict.py").write_text("def double(args):\n    return 'changed'\n")

    assert endpoint.call(x=1).json()["response"]["version"] == 1
    restarted = endpoint.client.post(f"{endpoint.of({'id': _deployment['build_id']})}/{_deployment['id']}:restart")
    assert restarted.status_code == 200
    endpoint.settled(restarted.json())
    assert endpoint.call(x=1).json()["response"]["version"] == 1


def test_files_that_changed_after_the_build_are_not_run(house: Running, deployed: tuple[Endpoint, dict]):
    endpoint, first = deployed
    file = house.home / "builds" / first["build_id"] / "model" / "predict.py"
    file.chmod(0o600)
    file.write_text("def double(args):\n    return 'evil'\n")
    second = endpoint.deploy({"id": first["build_id"]})

    assert second["status"] == "failed"
    assert "not what they were" in second["status_reason"]
    assert endpoint.call(x=1).json()["response"]["twice"] == 2, "the deployment before goes on"


@pytest.mark.parametrize("name", ["nowhere.py", "broken.py"])
def test_code_that_cannot_be_loaded_says_why(project: Project, name: str):
    (project.folder / "broken.py").write_text("import no_such_module_at_all\n")
    endpoint = project.endpoint()
    build = endpoint.build(file_path=name, function_name="double")
    if name == "nowhere.py":
        assert build["status"] == "build failed"
        assert "nowhere.py" in build["status_reason"]
    else:
        deployment = endpoint.deploy(build)
        assert deployment["status"] == "failed"
        assert "no_such_module_at_all" in deployment["status_reason"]


def test_a_requirement_that_cannot_be_met_fails_the_build_with_the_reason(project: Project):
    (project.folder / "requirements.txt").write_text("msgspec==999.1\n")
    endpoint = project.endpoint()
    build = endpoint.build(**CODE)

    assert build["status"] == "build failed"
    assert "msgspec" in build["status_reason"]
    assert "999.1" in endpoint.client.get(f"{endpoint.path}/builds/{build['id']}/log").text


@pytest.mark.parametrize(
    "line", ["-r /etc/passwd", "--index-url http://x.invalid", "x @ git+ssh://host/x", "six; rm -rf /", "../x.whl"]
)
def test_lines_that_are_no_requirements_fail_the_build(project: Project, line: str):
    (project.folder / "requirements.txt").write_text(f"{line}\n")
    build = project.endpoint().build(**CODE)

    assert build["status"] == "build failed"
    assert "root:" not in build["status_reason"]


def test_a_wheel_that_comes_with_the_code_is_installed(project: Project):
    with zipfile.ZipFile(project.folder / "own-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("own.py", "WORD = 'mine'\n")
        wheel.writestr("own-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: own\nVersion: 1\n")
        wheel.writestr("own-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("own-1.dist-info/RECORD", "")
    (project.folder / "requirements.txt").write_text("own-1-py3-none-any.whl\n")
    (project.folder / "predict.py").write_text("import own\ndef double(args):\n    return own.WORD\n")
    endpoint = project.endpoint(disable_authentication=True)
    deployment = endpoint.deploy(endpoint.build(**CODE))

    assert deployment["status"] == "deployed", deployment["status_reason"]
    assert endpoint.call(x=1).json()["response"] == "mine"


def test_a_replica_that_dies_is_started_again_and_no_call_is_lost(project: Project):
    endpoint = project.endpoint(disable_authentication=True)
    deployment = endpoint.deploy(endpoint.build(**CODE), replicas=2)
    pid = endpoint.call(x=1).json()["response"]["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not psutil.pid_exists(pid))

    replies = [endpoint.call(x=1) for _ in range(50)]
    assert {reply.status_code for reply in replies} == {200}
    wait_for(lambda: sorted(one["restarts"] for one in endpoint.replicas(deployment)) == [0, 1], PATIENCE)
    wait_for(lambda: {one["state"] for one in endpoint.replicas(deployment)} == {"ready"}, PATIENCE)


def test_a_replica_that_dies_at_once_again_and_again_ends_in_failed(project: Project):
    (project.folder / "predict.py").write_text("print('the last words')\nraise SystemExit(7)\n")
    endpoint = project.endpoint()
    deployment = endpoint.deploy(endpoint.build(**CODE))

    assert deployment["status"] == "failed"
    assert "does not stay up" in deployment["status_reason"]
    assert endpoint.call(x=1).status_code in {401, 503}


def test_stopping_says_why_nothing_answers_and_restarting_answers_again(deployed: tuple[Endpoint, dict]):
    endpoint, deployment = deployed
    place = f"{endpoint.of({'id': deployment['build_id']})}/{deployment['id']}"
    assert endpoint.client.post(f"{place}:stop").json()["status"] == "stopping"
    stopped = endpoint.reached(deployment, "stopped")

    reply = endpoint.call(x=1)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
    assert stopped["stopped_at"]
    assert endpoint.client.post(f"{place}:stop").status_code == 409
    assert endpoint.client.post(f"{place}:restart").json()["status"] == "pending"
    endpoint.settled(deployment)
    assert endpoint.call(x=4).json()["response"]["twice"] == 8


def test_another_number_of_replicas_counts_at_once(deployed: tuple[Endpoint, dict]):
    endpoint, deployment = deployed
    pid = endpoint.call(x=1).json()["response"]["pid"]
    scale = {"default_replication_policy": {"num_replicas": "2"}}
    assert endpoint.client.patch(endpoint.path, json=scale).status_code == 200

    wait_for(lambda: [one["state"] for one in endpoint.replicas(deployment)] == ["ready", "ready"], PATIENCE)
    assert psutil.pid_exists(pid), "the one that was there stays"


def test_an_endpoint_takes_everything_along_when_it_goes(house: Running, deployed: tuple[Endpoint, dict]):
    endpoint, deployment = deployed
    pid = endpoint.call(x=1).json()["response"]["pid"]
    assert endpoint.client.delete(endpoint.path).status_code == 200

    assert not psutil.pid_exists(pid)
    assert not (house.home / "builds" / deployment["build_id"]).exists()
    assert endpoint.call(x=1).status_code == 401
    assert endpoint.client.get(endpoint.path).status_code == 404


def test_a_project_takes_its_endpoints_along(house: Running, owner: httpx.Client, unique):
    from .conftest import make_project  # noqa: PLC0415 - this one deletes its project itself

    project = make_project(owner, house.home, unique)
    endpoint = project.endpoint(disable_authentication=True)
    endpoint.deploy(endpoint.build(**CODE))
    pid = endpoint.call(x=1).json()["response"]["pid"]
    assert owner.delete(f"/api/v2/projects/{project.id}").status_code == 200

    assert not psutil.pid_exists(pid)
    assert not Path(project.folder).exists()
