"""Where a new project's files come from, read from a request and checked without touching anything.

A Git address is read by one expression and written anew from its parts, so that git and curl cannot read something
else in it than was checked here (threats, pattern 2).
"""

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from cuvee.projects import errors

_HOST: Final = r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
_PATH: Final = r"(?P<path>[A-Za-z0-9._~%+@=,][A-Za-z0-9._~/%+@=,-]*)"
_USER: Final = r"(?P<user>[A-Za-z0-9_][A-Za-z0-9._-]*)"
_WEB: Final = re.compile(rf"(?P<scheme>https?)://(?:(?P<login>[^@/\s\\#?]+)@)?{_HOST}/{_PATH}")
_SSH: Final = re.compile(rf"ssh://(?:{_USER}@)?{_HOST}/(?P<path>~?[A-Za-z0-9._%+@=,][A-Za-z0-9._~/%+@=,-]*)")
_SCP: Final = re.compile(
    rf"{_USER}@(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?):(?P<path>[A-Za-z0-9._~/][\w./~+@=-]*)"
)
_REF: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/@+#-]{0,254}")
_MAX_URL: Final = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """An empty folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder on this machine, copied."""

    path: Path
    #: Names at its top that are not copied.
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A Git repository, cloned."""

    #: Without credentials.
    url: str
    #: `https`, `http`, `ssh` or `file`.
    scheme: str
    #: Empty for `file`.
    host: str = ""
    port: int = 0
    #: Branch, tag or commit; empty for the repository's own choice.
    ref: str = ""
    #: What goes with the request as `Authorization`; never kept.
    authorization: str = field(default="", repr=False)
    #: Never kept.
    ssh_key: str = field(default="", repr=False)


Source = Nothing | Folder | Repository


def repository(url: str, *, ref: str = "", ssh_key: str = "", http: bool = False) -> Repository:
    """Read a Git address.

    Raises:
        BadGitUrl: when it is none of the forms that are taken.
        BadGitRef: when the branch, tag or commit has a shape that none has.
        BadSshKey: when a key comes along that is no private key, or the address does not use one.

    """
    if len(url) > _MAX_URL:
        raise errors.BadGitUrl
    if ref and (not _REF.fullmatch(ref) or ".." in ref or "@{" in ref):
        raise errors.BadGitRef
    if url.startswith("/"):
        return _local(url, ref)
    if match := _WEB.fullmatch(url):
        return _web(match, ref, ssh_key, http=http)
    if match := _SSH.fullmatch(url) or _SCP.fullmatch(url):
        return _ssh(match, ref, ssh_key)
    raise errors.BadGitUrl


def local_folder(text: str, home: Path) -> Path:
    """A folder on this machine that a site administrator names.

    Raises:
        BadLocalPath: when it is no folder, or the platform's home is in it or around it.

    """
    if not text.startswith("/") or "\0" in text:
        raise errors.BadLocalPath
    path = Path(text).resolve()
    if not path.is_dir():
        raise errors.BadLocalPath
    if path.is_relative_to(home.resolve()) or home.resolve().is_relative_to(path):
        raise errors.BadLocalPath("The platform's own home cannot become a project.")
    return path


def _local(url: str, ref: str) -> Repository:
    path = Path(url).resolve() if "\0" not in url else Path()
    if not path.is_absolute() or not path.is_dir():
        raise errors.BadLocalPath
    return Repository(url=str(path), scheme="file", ref=ref)


def _web(match: re.Match[str], ref: str, ssh_key: str, *, http: bool) -> Repository:
    if ssh_key:
        raise errors.BadSshKey("An SSH key is for addresses such as git@host:path: https takes a token in the address.")
    if match["scheme"] == "http" and not http:
        raise errors.BadGitUrl("Plain http is not allowed here: use https or ssh.")
    port = _port(match["port"], 443 if match["scheme"] == "https" else 80)
    authorization = ""
    if match["login"]:
        user, _, secret = match["login"].partition(":")
        login = f"{unquote(user)}:{unquote(secret)}"
        authorization = "Basic " + base64.b64encode(login.encode()).decode()
    url = f"{match['scheme']}://{_authority(match)}/{_cleaned(match['path'])}"
    return Repository(
        url=url, scheme=match["scheme"], host=_bare(match), port=port, ref=ref, authorization=authorization
    )


def _ssh(match: re.Match[str], ref: str, ssh_key: str) -> Repository:
    if ssh_key and not re.match(r"\s*-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\s", ssh_key):
        raise errors.BadSshKey
    groups = match.groupdict()
    user = groups.get("user") or "git"
    port = _port(groups.get("port"), 22)
    is_scp = match.re is _SCP
    # `git@host:path` starts in the user's home, `ssh://host/path` at the root: each is kept in its own form.
    url = f"{user}@{match['host']}:{match['path']}" if is_scp else f"ssh://{user}@{_authority(match)}/{match['path']}"
    key = ssh_key.strip() + "\n" if ssh_key else ""
    return Repository(url=url, scheme="ssh", host=_bare(match), port=port, ref=ref, ssh_key=key)


def _authority(match: re.Match[str]) -> str:
    return match["host"] + (f":{match['port']}" if match["port"] else "")


def _bare(match: re.Match[str]) -> str:
    """The host, an address without its brackets."""
    host = match["host"]
    if not host.startswith("["):
        return host
    try:
        return str(ipaddress.IPv6Address(host[1:-1]))
    except ValueError:
        raise errors.BadGitUrl from None


def _port(text: str | None, default: int) -> int:
    port = int(text or default)
    if not 0 < port < 65_536:  # noqa: PLR2004 - the range of ports
        raise errors.BadGitUrl
    return port


def _cleaned(path: str) -> str:
    """The path, with every escape written one way and no step up."""
    names = [unquote(name, errors="replace") for name in path.split("/")]
    if any(name in {".", ".."} or re.search(r"[\x00-\x1f\x7f/\\]", name) for name in names):
        raise errors.BadGitUrl
    return "/".join(quote(name, safe="~+@=,") for name in names)
