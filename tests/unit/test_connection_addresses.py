"""Addresses with passwords: a password is found wherever SQLAlchemy would find it, and never shown."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from cuvee.connections import addresses, errors

PIECES = st.sampled_from([*"ab1:@/?#%[]. ", "://", "s3kr1t", "%40", "%3A", "password=", "&", "=", "[::1]", ":5432"])
ADDRESSES = st.builds(lambda pieces: "postgresql+psycopg://" + "".join(pieces), st.lists(PIECES, max_size=10))


@given(address=ADDRESSES)
def test_what_is_shown_has_no_password_for_sqlalchemy_either(address: str):
    try:
        bare, password = addresses.without_password(address)
    except (errors.BadAddress, errors.NotASecret):
        return
    try:
        known = make_url(address).password
    except (ArgumentError, ValueError):
        assume(False)
    assert make_url(bare).password is None
    assert (known or None) == (password or None)


@pytest.mark.parametrize(
    "address", ["pg://?[::1]@", "pg://db?x=a:b@c", "pg://[::1]/x@y", "pg://db:5432/x@y", "pg://me:s3kr1t@db:5432/x@y"]
)
def test_what_sqlalchemy_would_find_a_password_in_is_refused(address: str):
    with pytest.raises(errors.BadAddress):
        addresses.without_password(address)


@given(user=st.text(alphabet="ab1%._-", max_size=5), password=st.text(min_size=1, max_size=12))
def test_a_password_comes_back_as_it_was(user: str, password: str):
    assume(not any("\ud800" <= letter <= "\udfff" for letter in password))
    bare = f"postgresql://{user}{'@' if user else ''}db.example.org:5432/x?sslmode=require"

    whole = addresses.with_password(bare, password)

    assert make_url(whole).password == password
    assert addresses.without_password(whole) == (bare, password)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:////data/a@b.db",
        "sqlite:///relative.db",
        "mysql+pymysql://me@[::1]:3306/x",
        "s3://bucket/a@b",
        "thrift://host:9083",
    ],
)
def test_an_address_without_a_password_stays_as_it_is(address: str):
    assert addresses.without_password(address) == (address, None)


@pytest.mark.parametrize("name", ["password", "token", "s3.secret-access-key", "adls.sas-token", "header.Authorization",
                                  "header.X-Api-Key", "spark.hadoop.fs.s3a.secret.key", "credential",
                                  "connect.sslkey_passphrase", "adls.account-key", "gcs.oauth2.token"])  # fmt: skip
def test_what_sounds_like_a_secret_is_one(name: str):
    assert addresses.is_sensitive(name)


@pytest.mark.parametrize("name", ["uri", "warehouse", "scope", "oauth2-server-uri", "s3.access-key-id", "s3.region",
                                  "connect.sslmode", "gcs.project-id", "adls.account-name", "s3.endpoint"])  # fmt: skip
def test_what_does_not_sound_like_a_secret_is_none(name: str):
    assert not addresses.is_sensitive(name)
