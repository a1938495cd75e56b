"""Accounts: what their owners change, and what administrators do."""

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people
from tests.integration.browsers import browser, code_for, sign_in
from tests.integration.people import Unique

from cuvee.db.database import Database
from cuvee.identity import errors, service

BAD = [
    {"name": "a\nb"}, {"name": "x" * 256}, {"name": 7}, {"name": "\0"}, {"email": "nobody"}, {"email": "a b@c"},
    {"email": "@"}, {"email": "a@" + "x" * 300},
]  # fmt: skip


def test_a_user_changes_their_own_name_and_address_and_nobody_elses(platform: Running, unique: Unique):
    mine, other = unique("mine"), unique("other")
    with people.user(platform, mine) as me, people.user(platform, other):
        changed = me.patch(f"/api/v2/users/{mine}", json={"name": "Zoë Ä.", "email": "zoe@example.org"}).json()
        assert (changed["name"], changed["email"]) == ("Zoë Ä.", "zoe@example.org")
        assert me.patch(f"/api/v2/users/{mine}", json={"name": "Zoë"}).json()["email"] == "zoe@example.org"
        assert me.patch(f"/api/v2/users/{other}", json={"name": "x"}).status_code == 403


@pytest.mark.parametrize("body", BAD)
def test_a_name_or_an_address_that_cannot_be_is_refused(
    client: httpx.Client, platform: Running, unique: Unique, body: dict
):
    name = unique("strict")
    with people.user(platform, name):
        assert client.patch(f"/api/v2/users/{name}", json=body).status_code == 400
    assert client.post("/api/v2/users", json={"username": unique("never"), **body}).status_code == 400


def test_nobody_makes_themselves_an_administrator(platform: Running, client: httpx.Client, unique: Unique):
    name = unique("climber")
    with people.user(platform, name) as climber:
        assert climber.patch(f"/api/v2/users/{name}", json={"is_admin": True}).status_code == 403
        assert climber.get("/api/v2/users").status_code == 403
        assert client.patch(f"/api/v2/users/{name}", json={"is_admin": True}).json()["is_admin"]
        assert climber.get("/api/v2/users").status_code == 200
        client.patch(f"/api/v2/users/{name}", json={"is_admin": False})
        assert climber.get("/api/v2/users").status_code == 403


def test_the_last_administrator_stays_one(database: Database):
    database.write_now(lambda connection: service.ensure_owner(connection, "owner"))
    database.write_now(lambda connection: service.add_user(connection, "second", is_admin=True))
    database.write_now(lambda connection: service.set_admin(connection, "second", is_admin=False))

    with pytest.raises(errors.LastAdmin):
        database.write_now(lambda connection: service.set_admin(connection, "owner", is_admin=False))


def test_a_closed_account_gets_neither_links_nor_rights(platform: Running, client: httpx.Client, unique: Unique):
    name = unique("gone")
    with people.user(platform, name):
        client.delete(f"/api/v2/users/{name}")

    assert client.post("/api/v2/sign_in_codes", json={"username": name}).status_code == 409
    assert client.patch(f"/api/v2/users/{name}", json={"is_admin": True}).status_code == 409


def test_settings_are_of_who_is_signed_in(platform: Running, client: httpx.Client, unique: Unique):
    name = unique("reader")
    with people.user(platform, name), browser(platform) as tab:
        sign_in(tab, code=code_for(client, name))
        page = tab.get("/user", headers={"accept": "text/html"}).text
        assert name in page
        assert tab.post("/user", data={"name": "New name", "email": ""}).status_code == 303
        made = tab.post("/user/keys", data={"comment": "x", "project": "0000-0000-0000-0000"})
        assert made.status_code == 400
