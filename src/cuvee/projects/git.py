"""Running git for a clone: which addresses it may reach, what it is allowed to do, and what it says on the way.

Nothing of a request reaches a shell or an option: the address is written anew by `sources`, follows a `--`, and
settings are handed over in the environment. The name of a host is resolved once, here; git is told the address that
was checked (`http.curloptResolve`, `HostName` for ssh), so a name that changes its address in between changes nothing,
and redirects are not followed. Behind an HTTP proxy the proxy resolves names: there the proxy must do the checking.
"""

import asyncio
import contextlib
import ipaddress
import os
import re
import shlex
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from cuvee.core import programs
from cuvee.core.settings import Settings
from cuvee.projects import errors
from cuvee.projects.sources import Repository

#: Told what is being done and how far it is, in percent.
Report = Callable[[str, int], None]

_PROGRESS: Final = re.compile(r"(?:remote: )?(?P<phase>[A-Z][a-z]+(?: [a-z]+)*):\s+(?P<percent>\d{1,3})%")
#: What may pass from our environment into git's.
_PASSED_ON: Final = ("PATH", "https_proxy", "HTTPS_PROXY", "http_proxy", "no_proxy", "NO_PROXY", "SSL_CERT_FILE",
                     "GIT_SSL_CAINFO", "LD_LIBRARY_PATH")  # fmt: skip
_KEPT_LINES: Final = 40
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


async def clone(repository: Repository, target: Path, settings: Settings, report: Report) -> None:
    """Clone into a folder that does not exist yet.

    Raises:
        CloneFailed: with the reason in a sentence.

    """
    addresses = await _checked_addresses(repository, settings)
    with _scratch(target.parent) as scratch:
        environment = _environment(repository, addresses, settings.home, scratch)
        # A local repository goes through the transport too: no hard links into it, and the same progress.
        words = ["git", "clone", "--progress", "--template=", "--no-local"]
        words += ["--no-checkout"] if repository.ref else []
        try:
            async with asyncio.timeout(settings.git_timeout):
                await _run([*words, "--", repository.url, str(target)], environment, report)
                if repository.ref:
                    checkout = ["git", "-C", str(target), "checkout", "--progress", repository.ref, "--"]
                    await _run(checkout, environment, report)
        except TimeoutError:
            raise errors.CloneFailed(f"Cloning took longer than {settings.git_timeout} s and was stopped.") from None


async def _checked_addresses(repository: Repository, settings: Settings) -> list[str]:
    """The host's addresses, all of them public; none when there is nothing to pin."""
    if repository.scheme == "file" or settings.git_private:
        return []
    try:
        found = await asyncio.get_running_loop().getaddrinfo(repository.host, repository.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise errors.CloneFailed(f"The host {repository.host} cannot be found.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    if not addresses or not all(is_public(address) for address in addresses):
        raise errors.CloneFailed(
            f"{repository.host} is a private address: the platform clones from public ones only (CUVEE_GIT_PRIVATE)."
        )
    return addresses


def is_public(text: str) -> bool:
    """Whether an address is one of the public internet, also when it is wrapped in another."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast and not address.is_reserved


def _environment(repository: Repository, addresses: list[str], home: Path, scratch: Path) -> dict[str, str]:
    """Everything git is told besides its words: no configuration of this machine, no hooks, no prompts."""
    configuration = [
        ("protocol.allow", "never"),
        (f"protocol.{repository.scheme}.allow", "always"),
        ("core.hooksPath", os.devnull),
        ("core.fsmonitor", "false"),
        ("submodule.recurse", "false"),
        ("http.followRedirects", "false"),
        ("credential.helper", ""),
    ]
    if repository.authorization:
        configuration.append(("http.extraHeader", f"Authorization: {repository.authorization}"))
    if addresses and repository.scheme != "ssh":
        shown = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
        configuration.append(("http.curloptResolve", f"{repository.host}:{repository.port}:{shown}"))
    variables = {
        "HOME": str(scratch),
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_SSH_COMMAND": _ssh(repository, addresses, home, scratch),
        "GIT_SSH_VARIANT": "ssh",
        "GIT_CONFIG_COUNT": str(len(configuration)),
    }
    for number, (name, value) in enumerate(configuration):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | variables


def _ssh(repository: Repository, addresses: list[str], home: Path, scratch: Path) -> str:
    """The ssh command. Hosts are remembered in the platform's own list; a known host whose key changes is refused."""
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "accept-new",
        "UserKnownHostsFile": _as_option(home / "known_hosts"),
        "GlobalKnownHostsFile": os.devnull,
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "IdentityFile": "none",
        "ForwardAgent": "no",
        "ConnectTimeout": "30",
    }
    if addresses:
        options |= {"HostName": addresses[0], "HostKeyAlias": repository.host, "CheckHostIP": "no"}
    if repository.ssh_key:
        key = scratch / "key"
        descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(repository.ssh_key)
        options["IdentityFile"] = _as_option(key)
    words = [f"-o{name}={value}" for name, value in options.items()]
    return shlex.join(["ssh", "-F", os.devnull, *words])


def _as_option(path: Path) -> str:
    """A path as ssh reads one in an option: in quotes, because it may have spaces, and `%` is a sign of its own."""
    return '"' + str(path).replace("%", "%%") + '"'


async def _run(words: list[str], environment: Mapping[str, str], report: Report) -> None:
    """Run git in a process group of its own, which ends with us however we end."""
    git = programs.running(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=dict(environment),
    )
    said: list[str] = []
    try:
        async with git as process:
            async for line in _lines(process):
                if match := _PROGRESS.match(line):
                    report(match["phase"], min(int(match["percent"]), 100))
                elif line:
                    said = [*said[1 - _KEPT_LINES :], line]
            status = await process.wait()
    except FileNotFoundError:
        raise errors.CloneFailed("git is not installed on the platform's machine.") from None
    if status != 0:
        raise errors.CloneFailed(_reason(said, environment))


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[str]:
    """What git says, line by line; its progress ends with carriage returns."""
    assert process.stderr is not None  # noqa: S101 - it was asked for
    rest = b""
    while chunk := await process.stderr.read(4096):
        *lines, rest = re.split(rb"[\r\n]", rest + chunk)
        rest = rest[-4096:]
        for line in lines:
            yield line.decode(errors="replace").strip()
    yield rest.decode(errors="replace").strip()


def _reason(said: list[str], environment: Mapping[str, str]) -> str:
    """Git's own words, without our folders' names and without anything that was secret."""
    telling = [line for line in said if line.startswith(("fatal:", "error:", "remote:", "ssh:"))] or said
    text = " ".join(line.removeprefix("fatal: ") for line in telling[-4:]) or "git ended without a word."
    text = text.replace(str(Path(environment["HOME"]).parent), "…")
    return f"git: {text[:1000]}"


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder for the time of the clone: git's HOME, and the key."""
    scratch = Path(tempfile.mkdtemp(prefix=".git-", dir=folder))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
