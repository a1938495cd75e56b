"""What Iceberg said in Spark's Java becomes a note on the run in which it was asked for, behind what Spark does."""

import logging
import threading
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import uuid4

from cuvee_runtime.spark import java
from cuvee_runtime.spark.frames import Plans

log = logging.getLogger(__name__)
#: Seconds that the end of a run waits for its notes.
PATIENCE = 10.0
#: Milliseconds for which Java is asked at once.
_TURN = 60_000
#: A connection may break without Java being gone.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of Iceberg's, and the session of Spark in which it happened."""

    event: Any
    session: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A snapshot that a run made."""

    run_id: str
    name: str
    snapshot_id: int
    session: Any


class Teller:
    """Takes from the ear in Java and notes, in a thread of its own. It knows what it told."""

    def __init__(self, jvm: Any, ear: Any) -> None:
        self.plans = Plans()
        self._jvm = jvm
        self._ear = ear
        self._thread = threading.Thread(target=self._go_on, name="cuvee-spark-notes", daemon=True)
        self._known: set[tuple[str, ...]] = set()
        #: Iceberg tells of a transaction's snapshots before the table has them.
        self._unsettled: list[Write] = []
        self._waiting: dict[str, threading.Event] = {}
        self._tables: Any = None
        self._notes: Any = None

    def start(self) -> None:
        """Go on for as long as Spark's Java does."""
        self._thread.start()

    def again(self, run_id: str, plan: str) -> None:
        """What was heard when a frame was planned is read in this run too, if one goes on."""
        if run_id:
            self._ear.tell(java.AGAIN, run_id, plan)

    def settle(self, run_id: str) -> None:
        """Wait until what was heard up to now is noted, but not for ever."""
        if not self._thread.is_alive():
            return
        token, reached = uuid4().hex, threading.Event()
        self._waiting[token] = reached
        try:
            self._ear.tell(java.END, run_id, token)
            reached.wait(PATIENCE)
        finally:
            del self._waiting[token]

    def _go_on(self) -> None:
        count = failures = 0
        while failures < _TRIES:
            try:
                said = self._ear.after(count, _TURN)
            except Exception:  # noqa: BLE001 - py4j has many words for a connection that broke
                failures += 1
                continue
            failures = 0
            if said is not None:
                self._take_quietly(said)
                count += 1

    def _take_quietly(self, said: Any) -> None:
        try:
            self._take(*said)
        except Exception as error:  # noqa: BLE001 - nothing may come of a note but a warning
            reason = str(error).partition("\n")[0]
            log.warning("A read or write of Spark's was not noted on the run: %s", reason)

    def _take(self, kind: str, run_id: str | None, what: str | None, event: Any, session: Any) -> None:
        """`run_id` and `what`, a plan or a token, are None where there is none."""
        run_id, what = run_id or "", what or ""
        if kind == java.HEARD:
            self._hear(run_id, what, Heard(event, session))
        elif kind == java.AGAIN:
            for heard in self.plans.reads(what):
                self._read(run_id, heard)
        else:
            self._end(run_id, what)

    def _hear(self, run_id: str, plan: str, heard: Heard) -> None:
        is_read = heard.event.getClass().getSimpleName() == "ScanEvent"
        if is_read:
            self.plans.add(plan, heard)
        if not run_id:
            return
        if is_read:
            self._settle()
            self._read(run_id, heard)
        else:
            name, snapshot_id = heard.event.tableName(), heard.event.snapshotId()
            self._unsettled.append(Write(run_id=run_id, name=name, snapshot_id=snapshot_id, session=heard.session))
            self._settle()

    def _end(self, run_id: str, token: str) -> None:
        """What is not in a table when its run ends never came into one."""
        try:
            self._settle()
            self._unsettled = [write for write in self._unsettled if write.run_id != run_id]
        finally:
            if (reached := self._waiting.get(token)) is not None:
                reached.set()

    def _read(self, run_id: str, heard: Heard) -> None:
        name, snapshot_id = heard.event.tableName(), heard.event.snapshotId()
        tables = self._knowing()
        projected = tables.projected(heard.event)
        key = (run_id, name, str(snapshot_id), heard.event.filter().toString(), str(projected))
        if key in self._known:
            return
        self._known.add(key)
        found = tables.find(heard.session, name, snapshot_id)
        if found is None:
            return
        table = tables.as_pythons(heard.session, found)
        taken = tables.columns(table, snapshot_id, projected)
        if taken != []:
            row_filter = tables.row_filter(found, heard.event)
            self._noting().note(run_id, "read", table, snapshot_id, row_filter=row_filter, columns=taken)

    def _settle(self) -> None:
        waiting, self._unsettled = self._unsettled, []
        self._unsettled += [write for write in waiting if not self._wrote(write)]

    def _wrote(self, write: Write) -> bool:
        tables = self._knowing()
        found = tables.find(write.session, write.name, write.snapshot_id)
        if found is None:
            return False
        table = tables.as_pythons(write.session, found)
        self._noting().note(write.run_id, "write", table, write.snapshot_id)
        return True

    def _knowing(self) -> Any:
        if self._tables is None:
            # By name: it needs pyiceberg, which only those pay for who use tables in runs.
            self._tables = import_module("cuvee_runtime.spark.tables").Tables(self._jvm)
        return self._tables

    def _noting(self) -> Any:
        if self._notes is None:
            # By name: it needs MLflow, which is there when a run goes on.
            self._notes = import_module("cuvee_runtime.iceberg.notes").Notes()
        return self._notes
