"""A Jupyter Server from outside: how it is set up, where it listens, its kernels."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import msgspec

from cuvee.core import programs
from cuvee.proxy.forward import Proxy
from cuvee.runtimes.values import Editor, Environment, Runtime
from cuvee.sessions import errors
from cuvee.sessions.values import Place, Session

_OK: Final = 300


def token_header(token: str) -> dict[str, str]:
    """How a Jupyter Server is opened."""
    return {"Authorization": f"token {token}"}


async def prepare(session: Session, place: Place, directory: Path, runtime: Runtime, base: Environment) -> None:
    """Write the configuration of a session's Jupyter Server and of its kernel. No secret is in it."""
    config = place.folder / "jupyter" / "config"
    for folder in (config, place.runtime):
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    (config / "jupyter_server_config.json").write_text(
        json.dumps(
            {
                "ServerApp": {
                    "ip": "127.0.0.1",
                    "port": 0,
                    "base_url": f"{session.base_path}/",
                    "root_dir": str(directory),
                    "allow_root": True,
                    "open_browser": False,
                    "jpserver_extensions": {
                        "jupyter_server_terminals": True,
                        "jupyterlab": runtime.editor is Editor.JUPYTERLAB,
                    },
                },
                "LabApp": {"app_dir": str(base.path / "share" / "jupyter" / "lab")},
                # A kernel's output is kept until the platform comes back for it.
                "MappingKernelManager": {"buffer_offline_messages": True},
                # A limit would drop what the kernel says; how much of it is kept is decided where it is written down.
                "ZMQChannelsWebsocketConnection": {"limit_rate": False},
            }
        )
    )
    (config / "labconfig").mkdir(exist_ok=True)
    # It would ask everybody whether to fetch news from its makers' site.
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (config / "labconfig" / "page_config.json").write_text(json.dumps(quiet))
    command = (base.python, "-m", "cuvee_runtime.kernel", place.ipython)
    async with programs.running(*command, env={}, stdin=asyncio.subprocess.DEVNULL) as setup:
        await setup.wait()
    # What a live kernel knows is complete at once; Jedi, which reads sources, takes seconds to begin.
    completer = place.ipython / "profile_default" / "ipython_kernel_config.json"
    completer.write_text(json.dumps({"IPCompleter": {"use_jedi": False}}))


def port(place: Place) -> int:
    """Where the Jupyter Server listens; 0 as long as it does not."""
    for note in place.runtime.glob("jpserver-*.json"):
        try:
            return int(msgspec.json.decode(note.read_bytes())["port"])
        except (OSError, msgspec.DecodeError, KeyError, ValueError):
            continue
    return 0


class Kernels:
    """The kernels of one Jupyter Server."""

    def __init__(self, proxy: Proxy, session: Session, port: int, token: str) -> None:
        self._proxy = proxy
        self._path = f"{session.base_path}/api/kernels"
        self._port = port
        self._head = token_header(token)

    async def ensure(self) -> str:
        """The id of the session's kernel, started when there is none."""
        found = await self._ask("GET", "")
        kernel = found[0] if found else await self._ask("POST", "", {"name": "python3"})
        return str(kernel["id"])

    async def interrupt(self, kernel_id: str) -> None:
        """As Ctrl-C."""
        await self._ask("POST", f"/{kernel_id}/interrupt")

    async def restart(self, kernel_id: str) -> None:
        """Forget all variables."""
        await self._ask("POST", f"/{kernel_id}/restart")

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = await self._proxy.ask(
            self._port,
            method,
            self._path + path,
            head={**self._head, "content-type": "application/json"},
            body=msgspec.json.encode(body) if body is not None else b"",
        )
        if answer.status >= _OK:
            raise errors.KernelUnreachable(f"The session's kernel cannot be reached (status {answer.status}).")
        return msgspec.json.decode(answer.body) if answer.body else None
