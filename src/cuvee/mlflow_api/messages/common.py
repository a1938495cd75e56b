"""What messages of several subjects are made of."""

from math import isinf, isnan
from typing import Annotated, Final

from msgspec import Meta, Struct

from cuvee.mlflow_api.decoding import Message

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]

_LARGEST: Final = 1.7976931348623157e308


class Pair(Message):
    """A tag or a parameter in a request."""

    key: str = ""
    value: str = ""


class Shown(Struct, frozen=True):
    """A tag or a parameter in a reply."""

    key: str
    value: str


class Empty(Message):
    """A request without fields."""


def number(value: float) -> float | str:
    """A value as MLflow's server writes it: not-a-number as a text, infinity as the largest number there is."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return _LARGEST if value > 0 else -_LARGEST
    return value
