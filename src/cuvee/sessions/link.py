"""The platform's own line to a session's kernel: what is to run goes out, what is said comes in, and is kept.

It stays connected as long as the session runs. Its name is the session's, so that after a restart of the platform the
Jupyter Server hands over what the kernel said meanwhile. Then an empty request is sent: a kernel answers in order, so
when it has answered that one, everything asked before has ended, seen or not.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec

from cuvee.core import clock
from cuvee.core import errors as core_errors
from cuvee.core.ids import is_id, new_id
from cuvee.proxy.channel import Channel
from cuvee.sessions import errors
from cuvee.sessions.values import Ending, ExecutionState

log: Final = logging.getLogger(__name__)
#: How code leaves with an exit code, and how a file that was run does (see cuvee_runtime.kernel.scripts).
_LEAVING: Final = frozenset({"SystemExit", "ScriptFailed"})
_LEFT: Final = re.compile(r"(?:.* ended with exit code )?(-?[0-9]{1,10})\.?", re.DOTALL)
_PAUSE: Final = 0.3  # seconds between attempts to connect
_PATIENCE: Final = 30.0  # seconds to wait for a line that is down
_MARK: Final = "mark-"
_ASK: Final = "ask-"
_BUSY: Final = 2.0  # seconds that a question waits for what runs
_ANSWER: Final = 15.0  # seconds that a question may take

#: Called with an execution's id and what the kernel said of it: a kind and its content.
Said = Callable[[str, str, dict[str, Any]], Awaitable[None]]
#: Called when everything that was asked before now has ended: with what then cannot be unfinished any more.
Caught = Callable[[frozenset[str]], Awaitable[None]]


class Link:
    """One session's line to its kernel."""

    def __init__(
        self, connect: Callable[[], Awaitable[Channel]], said: Said, caught: Caught, died: Callable[[], Awaitable[None]]
    ) -> None:
        self._connect = connect
        self._said = said
        self._caught = caught
        self._died = died
        self._channel: Channel | None = None
        self._asked: set[str] = set()
        self._marks: dict[str, frozenset[str]] = {}
        self._questions: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._connected = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.is_busy = False
        #: Milliseconds since the epoch.
        self.active_at = clock.now_ms()

    def open(self, unfinished: frozenset[str]) -> None:
        """Connect, and stay connected; `unfinished` was asked by an earlier platform."""
        self._asked |= unfinished
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def execute(self, execution_id: str, code: str) -> None:
        """Ask the kernel to run code; what it says of it is told under this id.

        Raises:
            KernelUnreachable: when the line is down.

        """
        self.active_at = clock.now_ms()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._connected.wait()
            # Not before: a mark that is sent on connecting stands for what was asked before it.
            self._asked.add(execution_id)
            await self._send(execution_id, code, silent=False)
        except (TimeoutError, ConnectionError):
            self._asked.discard(execution_id)
            raise errors.KernelUnreachable from None

    async def ask(self, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """What the kernel answers to a question about code, such as `complete_request`; nothing of it is run.

        Raises:
            KernelBusy: when something runs: a kernel answers in order.
            KernelUnreachable: when the line is down.

        """
        question = _ASK + new_id()
        self.active_at = clock.now_ms()
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._questions[question] = answer
        try:
            async with asyncio.timeout(_BUSY if self.is_busy else _ANSWER):
                await self._connected.wait()
                await self._post(question, kind, content)
                return await answer
        except TimeoutError:
            raise errors.KernelBusy from None
        except ConnectionError:
            raise errors.KernelUnreachable from None
        finally:
            del self._questions[question]

    async def _run(self) -> None:
        while True:
            try:
                self._channel = await self._connect()
            except core_errors.CuveeError:
                await asyncio.sleep(_PAUSE)
                continue
            try:
                await self._mark()
                self._connected.set()
                async for text in self._channel:
                    await self._heard(msgspec.json.decode(text))
            except (ConnectionError, msgspec.DecodeError):
                log.warning("The line to a kernel broke; it is opened again.")
            finally:
                self._connected.clear()
                await self._channel.close()
            await asyncio.sleep(_PAUSE)

    async def _mark(self) -> None:
        mark = _MARK + new_id()
        self._marks[mark] = frozenset(self._asked)
        await self._send(mark, "", silent=True)

    async def _send(self, message_id: str, code: str, *, silent: bool) -> None:
        content = {"code": code, "silent": silent, "store_history": not silent, "user_expressions": {},
                   "allow_stdin": False, "stop_on_error": False}  # fmt: skip
        await self._post(message_id, "execute_request", content)

    async def _post(self, message_id: str, kind: str, content: Mapping[str, Any]) -> None:
        header = {"msg_id": message_id, "msg_type": kind, "username": "", "session": "cuvee",
                  "date": clock.rfc3339(clock.now_ms()), "version": "5.3"}  # fmt: skip
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell",
                   "buffers": []}  # fmt: skip
        if self._channel is None:
            raise ConnectionError
        await self._channel.send(msgspec.json.encode(message).decode())

    async def _heard(self, message: dict[str, Any]) -> None:
        parent = (message.get("parent_header") or {}).get("msg_id", "")
        content = message["content"]
        if message.get("channel") == "shell" and (answer := self._questions.get(parent)) and not answer.done():
            answer.set_result(content)
        if message.get("channel") != "iopub":
            return
        kind = message["header"]["msg_type"]
        if kind == "status":
            await self._status(parent, content["execution_state"])
        elif is_id(parent) and parent in self._asked and (event := _event(kind, content)) is not None:
            await self._said(parent, *event)

    async def _status(self, parent: str, state: str) -> None:
        if state in {"restarting", "dead"}:
            self._asked.clear()
            await self._died()
            return
        if not parent.startswith((_MARK, _ASK)):
            self.is_busy = state == "busy"
            self.active_at = clock.now_ms()
        if parent in self._asked:
            await self._said(parent, state, {})
            if state == "idle":
                self._asked.discard(parent)
        elif state == "idle" and parent in self._marks:
            ended = self._marks.pop(parent) & self._asked
            self._asked -= ended
            await self._caught(ended)


def outcome(ename: str, evalue: str) -> Ending:
    """What an error means for the execution: leaving with code 0 is a success, Ctrl-C is no failure."""
    if ename == "SystemExit" and evalue in {"", "0", "None", "False"}:
        return Ending(ExecutionState.SUCCEEDED, exit_code=0)
    if ename == "KeyboardInterrupt":
        return Ending(ExecutionState.INTERRUPTED, "interrupted", 130)
    left = _LEFT.fullmatch(evalue) if ename in _LEAVING else None
    code = int(left[1]) & 255 if left else 1
    return Ending(ExecutionState.FAILED, f"{ename}: {evalue}"[:2000], code)


def _event(kind: str, content: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """A message of the kernel as an event of the output."""
    match kind:
        case "stream":
            return "stream", {"name": content["name"], "text": content["text"]}
        case "display_data" | "execute_result":
            named = {"display_data": "display", "execute_result": "result"}[kind]
            display = (content.get("transient") or {}).get("display_id", "")
            return named, {"data": content["data"], "metadata": content["metadata"], "display_id": display}
        case "update_display_data":
            display = (content.get("transient") or {}).get("display_id", "")
            return "update", {"data": content["data"], "metadata": content["metadata"], "display_id": display}
        case "error":
            return "error", {name: content[name] for name in ("ename", "evalue", "traceback")}
        case "clear_output":
            return "clear", {"wait": content.get("wait", False)}
        case _:
            return None
