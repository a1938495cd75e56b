"""Browsers that are signed in: the ways in, what ends them, and who is kept out."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from tests.conftest import Running
from tests.integration import people
from tests.integration.browsers import PASSWORD, browser, code_for, is_signed_in, sign_in, signed_in, token_of
from tests.integration.people import Unique

from cuvee.db.database import Database
from cuvee.identity import attempts, errors, service, sign_ins
from cuvee.identity.values import User

DAY = 24 * 60 * 60 * 1000


def set_password(client: httpx.Client, password: str, old: str = "") -> httpx.Response:
    body = json.dumps({"password": password, "old_password": old})
    return client.put("/api/v2/users/me/password", content=body)


def user_in(database: Database) -> User:
    return database.write_now(lambda connection: service.add_user(connection, "somebody"))


def test_a_code_signs_in_once(platform: Running, client: httpx.Client):
    code = code_for(client)
    with browser(platform) as one, browser(platform) as other:
        assert sign_in(one, code=code).status_code == 200
        assert is_signed_in(one)
        assert sign_in(other, code=code).status_code == 403
        assert not is_signed_in(other)


def test_of_many_who_use_a_code_at_the_same_moment_one_comes_in(platform: Running, client: httpx.Client):
    code = code_for(client)

    def tried(_number: int) -> int:
        with browser(platform) as one:
            return sign_in(one, code=code).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(tried, range(8))) == [200] + [403] * 7


def test_a_code_expires(database: Database):
    user = user_in(database)
    code = database.write_now(lambda connection: sign_ins.create_code(connection, user, lifetime=0))

    with pytest.raises(errors.BadCode):
        database.write_now(lambda connection: sign_ins.redeem(connection, code.secret))


def test_an_administrator_makes_codes_for_others_and_nobody_else_does(
    platform: Running, client: httpx.Client, unique: Unique
):
    name = unique("bob")
    with people.user(platform, name) as bob, browser(platform) as tab:
        assert sign_in(tab, code=code_for(client, name)).json() == {"username": name}
        owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
        assert bob.post("/api/v2/sign_in_codes", json={"username": owner}).status_code == 403


def test_a_key_signs_in_but_a_narrow_one_does_not(platform: Running, client: httpx.Client, unique: Unique):
    owner = client.post("/api/v2/auth/validate_key", json={}).json()["username"]
    project = client.post("/api/v2/projects", json={"name": unique("narrow"), "template": "blank"}).json()["id"]
    for narrow in ({"project_id": project}, {"audiences": ["Application"]}):
        key = client.post(f"/api/v2/users/{owner}/v2_keys", json=narrow).json()["api_key"]
        with browser(platform) as tab:
            assert sign_in(tab, api_key=key).status_code == 403
            assert not is_signed_in(tab)
    with signed_in(platform) as tab:
        assert is_signed_in(tab)


def test_a_password_signs_in(platform: Running, unique: Unique):
    name = unique("pat")
    with people.user(platform, name) as pat, browser(platform) as tab:
        assert set_password(pat, PASSWORD).status_code == 200
        assert sign_in(tab, username=name, password=PASSWORD).status_code == 200
        assert is_signed_in(tab)


@pytest.mark.parametrize(
    "password", ["", " " * 12, "short", "{name}", "{NAME}", "nul\0nul\0nul", "x" * 1001, "\ud800" * 9]
)
def test_a_password_that_anybody_would_guess_is_refused(platform: Running, unique: Unique, password: str):
    name = unique("weak-name")
    with people.user(platform, name) as weak:
        given = password.replace("{name}", name).replace("{NAME}", name.upper())
        assert set_password(weak, given).status_code == 400


def test_who_has_no_password_cannot_sign_in_by_one(platform: Running, unique: Unique):
    name = unique("none")
    with people.user(platform, name), browser(platform) as tab:
        for password in ("", " ", "password", "None"):
            assert sign_in(tab, username=name, password=password).status_code in {400, 403}


def test_an_unknown_user_is_answered_like_a_wrong_password(platform: Running, unique: Unique):
    name = unique("known")
    with people.user(platform, name) as known, browser(platform) as tab:
        set_password(known, PASSWORD)
        wrong, unknown = (sign_in(tab, username=user, password="wrong password") for user in (name, unique("nobody")))

    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)


def test_passwords_cannot_be_guessed_for_long(platform: Running, unique: Unique):
    name = unique("guessed")
    with people.user(platform, name) as guessed, browser(platform) as tab:
        set_password(guessed, PASSWORD)
        for _ in range(attempts.FOR_BOTH):
            assert sign_in(tab, username=name, password="wrong password").status_code == 403
        refused = sign_in(tab, username=name, password=PASSWORD)

    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= attempts.WINDOW / 1000


def test_attempts_are_counted_for_a_name_and_for_an_address_alone(database: Database):
    def waits(username: str, address: str) -> bool:
        return database.write_now(lambda connection: attempts.count(connection, username, address)) > 0

    by_name = [waits("one", f"192.0.2.{number}") for number in range(attempts.FOR_ONE + 1)]
    by_address = [waits(f"user-{number}", f"2001:db8::{number}") for number in range(attempts.FOR_ONE + 1)]

    assert by_name == by_address == [False] * attempts.FOR_ONE + [True]


def test_attempts_that_succeed_are_taken_back(database: Database):
    for _ in range(attempts.FOR_ONE + 1):
        assert database.write_now(lambda connection: attempts.count(connection, "one", "192.0.2.1")) == 0
        database.write_now(lambda connection: attempts.forgive(connection, "one", "192.0.2.1"))


def test_a_new_sign_in_has_a_new_token_and_ends_the_one_before(platform: Running):
    with signed_in(platform) as tab:
        before = token_of(tab)
        sign_in(tab, api_key=platform.api_key)
        assert token_of(tab) not in {"", before}
        tab.cookies.clear()
        tab.cookies.set("cuvee_sign_in", before)
        assert not is_signed_in(tab)


def test_a_token_that_a_stranger_chose_is_never_taken_over(platform: Running):
    with browser(platform) as tab:
        tab.cookies.set("cuvee_sign_in", "chosen by somebody else", domain=httpx.URL(platform.url).host)
        sign_in(tab, api_key=platform.api_key)
        assert "chosen" not in token_of(tab)


def test_a_token_is_no_key_and_a_key_no_token(platform: Running):
    with signed_in(platform) as tab, browser(platform) as other:
        assert is_signed_in(tab)
        headers = {"authorization": f"Bearer {token_of(tab)}"}
        assert other.get("/api/v2/sign_ins", headers=headers).status_code == 401
        other.cookies.set("cuvee_sign_in", platform.api_key)
        assert not is_signed_in(other)


def test_signing_out_ends_it_on_the_server(platform: Running):
    with signed_in(platform) as tab, signed_in(platform) as other:
        (current,) = [one for one in tab.get("/api/v2/sign_ins").json()["sign_ins"] if one["is_current"]]
        assert current["user_agent"] == "Test browser"
        assert tab.delete(f"/api/v2/sign_ins/{current['id']}").status_code == 200
        assert not is_signed_in(tab)
        assert is_signed_in(other)


def test_nobody_ends_the_sign_in_of_somebody_else(platform: Running, unique: Unique):
    with signed_in(platform) as tab, people.user(platform, unique("eve")) as eve:
        mine = tab.get("/api/v2/sign_ins").json()["sign_ins"][0]["id"]
        assert eve.get("/api/v2/sign_ins").json() == {"sign_ins": []}
        assert eve.delete(f"/api/v2/sign_ins/{mine}").status_code == 404


def test_a_new_password_ends_all_other_sign_ins(platform: Running, client: httpx.Client, unique: Unique):
    name = unique("change")
    with people.user(platform, name), browser(platform) as tab, browser(platform) as other:
        sign_in(tab, code=code_for(client, name))
        sign_in(other, code=code_for(client, name))
        unused = code_for(client, name)
        assert set_password(tab, PASSWORD).status_code == 200
        assert (is_signed_in(tab), is_signed_in(other)) == (True, False)
        assert sign_in(other, code=unused).status_code == 403


def test_a_password_is_changed_by_who_knows_the_old_one(platform: Running, unique: Unique):
    with people.user(platform, unique("old")) as old:
        set_password(old, PASSWORD)
        assert set_password(old, "another long one").status_code == 403
        assert set_password(old, "another long one", "wrong password").status_code == 403
        assert set_password(old, "another long one", PASSWORD).status_code == 200


def test_a_closed_account_is_signed_out_at_once(platform: Running, client: httpx.Client, unique: Unique):
    name = unique("closed")
    with people.user(platform, name) as closed, browser(platform) as tab:
        set_password(closed, PASSWORD)
        code = code_for(client, name)
        sign_in(tab, username=name, password=PASSWORD)
        client.delete(f"/api/v2/users/{name}")
        assert not is_signed_in(tab)
        assert sign_in(tab, username=name, password=PASSWORD).status_code == 403
        assert sign_in(tab, code=code).status_code == 403


def test_a_browser_that_is_seen_stays_signed_in_for_longer(database: Database):
    user = user_in(database)
    one, token = database.write_now(lambda connection: sign_ins.start(connection, user, user_agent=""))
    day_old = replace(one, created_at=one.created_at - DAY, seen_at=one.seen_at - DAY, expires_at=one.expires_at - DAY)
    assert (sign_ins.is_due(one), sign_ins.is_due(day_old)) == (False, True)
    database.write_now(lambda connection: sign_ins.see(connection, day_old))

    _principal, seen = database.read_now(lambda connection: sign_ins.principal_of(connection, service.digest(token)))

    assert seen.expires_at >= one.expires_at


@pytest.mark.parametrize("age", [sign_ins.LONGEST, sign_ins.LONGEST + DAY])
def test_no_browser_stays_signed_in_for_ever(database: Database, age: int):
    user = user_in(database)
    one, token = database.write_now(lambda connection: sign_ins.start(connection, user, user_agent=""))
    database.write_now(lambda connection: sign_ins.see(connection, replace(one, created_at=one.created_at - age)))

    with pytest.raises(errors.UnknownSignIn):
        database.read_now(lambda connection: sign_ins.principal_of(connection, service.digest(token)))


def test_neither_tokens_nor_codes_nor_passwords_are_kept(platform: Running, client: httpx.Client, unique: Unique):
    code = code_for(client)
    with signed_in(platform) as tab, people.user(platform, unique("kept")) as kept:
        set_password(kept, PASSWORD)
        secrets = [token_of(tab), code, PASSWORD]

    files = [path.read_bytes() for path in platform.home.glob("cuvee.db*")]
    assert not [secret for secret in secrets for content in files if secret.encode() in content]


@pytest.mark.parametrize("body", [{}, {"username": "x"}, {"code": ""}, [], {"code": 7}, {"api_key": None}])
def test_a_way_in_that_is_none_is_refused(platform: Running, body: object):
    with browser(platform) as tab:
        assert tab.post("/api/v2/sign_ins", json=body).status_code == 400
        assert not tab.cookies
