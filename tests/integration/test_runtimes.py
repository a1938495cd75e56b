"""Runtimes over HTTP."""

import platform as machine

import httpx

KERNEL = "Python " + ".".join(machine.python_version_tuple()[:2])


def test_runtimes_are_listed_as_cml_lists_them(client: httpx.Client):
    runtimes = client.get("/api/v2/runtimes", params={"search_filter": f'{{"kernel": "{KERNEL}"}}'}).json()["runtimes"]

    assert {runtime["editor"] for runtime in runtimes} == {"Workbench", "JupyterLab"}
    assert {runtime["edition"] for runtime in runtimes} == {"Standard"}
    assert {runtime["status"] for runtime in runtimes} == {"ENABLED"}
    assert all(runtime["image_identifier"].endswith(runtime["full_version"]) for runtime in runtimes)


def test_the_filter_matches_a_part(client: httpx.Client):
    runtimes = client.get("/api/v2/runtimes", params={"search_filter": '{"editor": "Lab"}'}).json()["runtimes"]

    assert {runtime["editor"] for runtime in runtimes} == {"JupyterLab"}


def test_a_filter_on_something_else_is_refused(client: httpx.Client):
    assert client.get("/api/v2/runtimes", params={"search_filter": '{"colour": "red"}'}).status_code == 400


def test_add_ons_are_listed_as_cml_lists_them(client: httpx.Client):
    listed = client.get("/api/v2/runtimeaddons", params={"search_filter": '{"component": "Spark"}'}).json()
    found = {addon["identifier"]: addon["status"] for addon in listed["runtime_addons"]}

    assert found == {"spark-4.0": "AVAILABLE", "spark-3.5": "AVAILABLE"}
    assert listed["next_page_token"] == ""
