"""What a worker is told, and what it tells."""

from typing import Any

import msgspec

from cuvee.core.settings import AuthMode


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The first line that a worker reads. All other settings are in the environment, as they are for the platform."""

    home: str
    host: str
    port: int
    auth: AuthMode
    workers: int
    #: The port at which the first process answers workers.
    first_port: int


#: The topics of what a worker has committed: a line of its output.
Report = list[str]

read_order: Any = msgspec.json.Decoder(Order).decode
read_report: Any = msgspec.json.Decoder(Report).decode
