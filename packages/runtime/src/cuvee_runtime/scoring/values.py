"""What passes between the doors, the plane and the model."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Kind(StrEnum):
    """How the values of an input are laid out."""

    SPLIT = "dataframe_split"  #: {"columns": [...], "data": [[...]]}
    RECORDS = "dataframe_records"  #: [{column: value}]
    INSTANCES = "instances"  #: a list of rows or records
    INPUTS = "inputs"  #: an array, or an array for each name
    CSV = "csv"  #: the text of a table with a header
    RECORD = "record"  #: {column: value}, one row


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An input as a caller gave it, not yet held against a signature."""

    kind: Kind
    value: Any
    params: Any = None
    #: The whole object, which is what a plain Python function is called with.
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An input ready for the model."""

    value: Any
    rows: int = 1
    params: dict[str, Any] | None = None
    #: Inputs with the same key may be predicted together; None is predicted alone.
    key: Hashable = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input or output that a model declares."""

    name: str
    #: MLflow's word for a column's type, or numpy's for a tensor's.
    type: str
    #: -1 stands for any length.
    shape: tuple[int, ...] = (-1,)
    required: bool = True


class Servable(Protocol):
    """A loaded model. The seam between the server and what it serves."""

    #: What the model is made with, as the Open Inference Protocol asks.
    platform: str
    inputs: Sequence[Field]
    outputs: Sequence[Field]

    def prepare(self, form: Form) -> Prepared:
        """Check and convert an input. Called from any thread; raises InputRefused."""

    def predict(self, prepared: Prepared) -> Any:
        """Ask the model. Called from one thread only; whatever it raises is the model's fault, InputRefused apart."""

    def join(self, waiting: Sequence[Prepared]) -> Prepared:
        """One input out of several with the same key, in order."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one replica serves."""

    name: str
    replica: str
    host: str = "127.0.0.1"
    port: int = 0
    port_file: str | None = None
    #: What every request must carry in X-Cuvee-Replica-Token; None asks for nothing.
    token: str | None = None
    #: Bytes.
    max_body: int = 5_000_000
    #: Requests that may wait for the model before others are turned away.
    max_waiting: int = 1000
    #: Rows that are predicted together at most.
    max_rows: int = 4096
    #: Seconds that requests in flight get after SIGTERM.
    drain: int = 30
    log_level: str = "info"
