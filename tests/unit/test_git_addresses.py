"""Which Git addresses are taken, and what git is told of them."""

import pytest

from cuvee.projects import errors, git, sources

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("text", "url", "host", "port"),
    [
        ("https://example.org/a/b.git", "https://example.org/a/b.git", "example.org", 443),
        ("https://example.org:8443/a%20b/c", "https://example.org:8443/a%20b/c", "example.org", 8443),
        ("ssh://git@example.org:2222/a/b", "ssh://git@example.org:2222/a/b", "example.org", 2222),
        ("ssh://example.org/a/b", "ssh://git@example.org/a/b", "example.org", 22),
        ("git@example.org:a/b.git", "git@example.org:a/b.git", "example.org", 22),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a", "2001:db8::1", 443),
    ],
)
def test_the_forms_that_are_taken(text: str, url: str, host: str, port: int):
    found = sources.repository(text)

    assert (found.url, found.host, found.port) == (url, host, port)


def test_a_login_goes_into_a_header_and_out_of_the_address():
    found = sources.repository("https://ada:s%3Acret@example.org/a")

    assert found.url == "https://example.org/a"
    assert found.authorization == "Basic YWRhOnM6Y3JldA=="
    assert "YWRhOnM6Y3JldA" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "ext::sh -c touch% /tmp/x", "ext::sh", "fd::17", "-u", "--upload-pack=x", "-oProxyCommand=x", "file:///etc",
        "FILE:///etc", "http://example.org/a", "git://example.org/a", "gopher://x/a", "ftp://x/a", "javascript:a", "x",
        "ssh://-oProxyCommand=x/a", "-oProxyCommand=x@example.org:a", "git@-oProxyCommand=x:a", "git@host:-x",
        "ssh://git@example.org/-x", "ssh://-x@example.org/a", "https://example.org", "https://example.org/",
        "https:///a", "https://example.org/a?b", "https://example.org/a#b", "https://example.org#@evil.org/a",
        "https://example.org\\@evil.org/a", "https://example.org/../a", "https://example.org/%2e%2e/a",
        "https://exa mple/a",
        "https://example.org/a%0ab", "https://example.org/a\nb", "https://example.org/a\0b", "https://example.org:0/a",
        "https://example.org:99999/a", "https://ex\u00e4mple.org/a", "https://example.org/a%2fb", " https://x/a", "",
        "https://[::1/a", "https://[zz]/a", "https://" + "a" * 5000, "git@example.org:a b", "git@example.org:$(x)",
        "https://example.org/`x`", "https://example.org/;x", "https://example.org/|x", "//example.org/a", "relative",
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: str):
    with pytest.raises((errors.BadGitUrl, errors.BadLocalPath)):
        sources.repository(text)


@pytest.mark.parametrize(
    "ref", ["-b", "--upload-pack=x", "a..b", "a b", "a\nb", "@{1}", "a@{1}", "x" * 300, ":x", "^a", "~a"]
)
def test_refs_that_are_none_are_refused(ref: str):
    with pytest.raises(errors.BadGitRef):
        sources.repository("https://example.org/a", ref=ref)


@pytest.mark.parametrize("key", ["nonsense", "ssh-ed25519 AAAA", "/etc/passwd"])
def test_keys_that_are_none_are_refused(key: str):
    with pytest.raises(errors.BadSshKey):
        sources.repository("git@example.org:a", ssh_key=key)
    with pytest.raises(errors.BadSshKey):
        sources.repository("https://example.org/a", ssh_key=KEY)


def test_a_key_shows_nowhere():
    assert "abc" not in repr(sources.repository("git@example.org:a", ssh_key=KEY))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:169.254.169.254", "ff02::1",
        "2002:a9fe:a9fe::1", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1",
    ],
)  # fmt: skip
def test_private_addresses_are_known(address: str):
    assert not git.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "140.82.121.4", "2606:4700::1111", "64:ff9b::101:101"])
def test_public_addresses_are_known(address: str):
    assert git.is_public(address)
