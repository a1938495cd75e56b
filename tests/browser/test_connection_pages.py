"""Data connections, as a person makes and changes them."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

SECRET = "s3kr1t-never-to-be-seen"


@pytest.fixture
def project(owner: httpx.Client, unique: Callable[[str], str]) -> str:
    name = unique("DEV")
    assert owner.post("/api/v2/projects", json={"name": name, "template": "blank"}).status_code == 200
    return name


def test_a_connection_is_made_by_keyboard_and_mouse_and_never_shows_its_password(page: Page, project: str):
    page.goto(f"/projects/{project}/data/connections")
    page.get_by_role("link", name="New connection").click()
    page.get_by_role("link", name="SQL database Any").click()
    page.get_by_label("Name", exact=True).fill("sales")
    page.get_by_label("Address").fill(f"postgresql://me:a/{SECRET}@db.example.org/x")
    page.get_by_role("button", name="Make the connection").press("Enter")
    expect(page.locator(".form-error")).to_contain_text("percent-encoded")
    expect(page.get_by_label("Name", exact=True)).to_have_value("sales")

    page.get_by_label("Address").fill("postgresql://me@db.example.org/x")
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Make the connection").press("Enter")

    expect(page.get_by_role("heading", name="sales")).to_be_visible()
    expect(page.get_by_label("New value of password")).to_have_value("")
    expect(page.get_by_text('get_connection("sales")').first).to_be_visible()
    assert SECRET not in page.content()


def test_rows_are_added_saved_and_a_secret_is_taken_away(page: Page, owner: httpx.Client, project: str):
    place = f"/api/v2/projects/{owner.get(f'/api/v2/projects/{project}').json()['id']}/dataconnections"
    body = {"name": "lake", "kind": "iceberg-rest", "properties": {"uri": "https://x"}, "secrets": {"token": SECRET}}
    assert owner.post(place, json=body).status_code == 200
    page.goto(f"/projects/{project}/data/connections/lake")

    page.get_by_label("Name of a property").fill("warehouse")
    page.locator('input[name="value"]').fill("main")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("Name of a property").last.fill("prefix")
    page.locator('input[name="value"]').last.fill("p")
    page.get_by_title("Remove when saved").click()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("The connection is saved.")).to_be_visible()
    found = owner.get(f"{place}/lake").json()
    assert (found["properties"], found["secrets"]) == ({"uri": "https://x", "warehouse": "main", "prefix": "p"}, [])


def test_a_connection_is_deleted_after_a_question(page: Page, owner: httpx.Client, project: str):
    place = f"/api/v2/projects/{owner.get(f'/api/v2/projects/{project}').json()['id']}/dataconnections"
    assert owner.post(place, json={"name": "tuned", "kind": "spark"}).status_code == 200
    page.goto(f"/projects/{project}/data/connections/tuned")
    page.get_by_role("button", name="Delete the connection").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_role("link", name="default")).to_be_visible()
    expect(page.get_by_role("link", name="tuned")).to_have_count(0)
