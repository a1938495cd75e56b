"""The command line: load, listen, say where, serve until told to stop."""

import argparse
import json
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import uvicorn

from cuvee_runtime.scoring.app import App
from cuvee_runtime.scoring.doors import cml, mlflow, openinference
from cuvee_runtime.scoring.gathering import Protocol
from cuvee_runtime.scoring.line import Line
from cuvee_runtime.scoring.plane import Plane
from cuvee_runtime.scoring.values import Servable, Settings

TOKEN_VARIABLE = "CUVEE_REPLICA_TOKEN"  # noqa: S105 - the name of a variable
REPLICA_VARIABLE = "CUVEE_REPLICA_ID"
ROUTES = [*cml.ROUTES, *mlflow.ROUTES, *openinference.ROUTES]
_KEEP_ALIVE = 75  # seconds: longer than the gateway keeps a connection, so that it is never closed under a request


class _Server(uvicorn.Server):
    """uvicorn, which says where it listens as soon as it does."""

    def __init__(self, config: uvicorn.Config, port_file: str | None) -> None:
        super().__init__(config)
        self._port_file = port_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets and self._port_file is not None:
            write_port(Path(self._port_file), sockets[0].getsockname()[1])


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve one model. Exits 0 after SIGTERM, and 1 when the model cannot be loaded."""
    options = _parse(arguments)
    settings = _settings(options)
    logging.basicConfig(
        level=settings.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    os.environ[REPLICA_VARIABLE] = settings.replica  # how a model's code can tell that it is deployed
    try:
        servable = _load(options)
    except BaseException:  # noqa: BLE001 - a model's code may raise anything, and the log of the replica is stderr
        traceback.print_exc()
        sys.exit(1)
    serve(servable, settings)


def serve(servable: Servable, settings: Settings) -> None:
    """Listen and answer until SIGTERM or SIGINT."""
    running = server(servable, settings)

    def stop(*_: object) -> None:
        running.should_exit = True

    # For the moment before uvicorn has a handler of its own; and because it raises the signal again when it has
    # drained, which shall not change the exit code.
    signal.signal(signal.SIGTERM, stop)
    listener = socket.create_server((settings.host, settings.port), backlog=2048)
    running.run(sockets=[listener])


def server(servable: Servable, settings: Settings) -> uvicorn.Server:
    """A server of one model, not yet listening."""
    line = Line(servable, max_waiting=settings.max_waiting, max_rows=settings.max_rows)
    app = App(Plane(servable, line), line, settings, ROUTES)
    config = uvicorn.Config(
        app,
        http=Protocol,
        log_level=settings.log_level,
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=settings.drain,
    )
    return _Server(config, settings.port_file)


def write_port(path: Path, port: int) -> None:
    """{"port": ..., "pid": ...}, there in one piece or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps({"port": port, "pid": os.getpid()}))
    draft.replace(path)


def _load(options: argparse.Namespace) -> Servable:
    # Named, not imported: a model from code may live without numpy, and scikit-learn's without MLflow.
    if options.model is None:
        servable: Servable = import_module("cuvee_runtime.scoring.function").load(options.file, options.function)
        return servable
    quickly: Servable | None = import_module("cuvee_runtime.scoring.sklearn_models").load(options.model)
    return quickly or _load_with_mlflow(options.model)


def _load_with_mlflow(path: str) -> Servable:
    """Any model in MLflow's format, by MLflow itself."""
    servable: Servable = import_module("cuvee_runtime.scoring.pyfunc").load(path)
    return servable


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        name=options.name,
        replica=options.replica,
        host=options.host,
        port=options.port,
        port_file=options.port_file,
        # Taken away before the model's code runs: whoever writes the model need not know it.
        token=os.environ.pop(TOKEN_VARIABLE, None),
        max_body=options.max_body,
        max_waiting=options.max_waiting,
        max_rows=options.max_rows,
        drain=options.drain,
        log_level=options.log_level,
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cuvee_runtime.scoring", description="Serve one model over HTTP.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", metavar="DIR", help="a model in MLflow's format")
    what.add_argument("--file", metavar="PATH", help="a Python file with a function that takes one dict")
    parser.add_argument("--function", metavar="NAME", help="the function of --file")
    parser.add_argument("--name", required=True, help="the model's name in the Open Inference Protocol")
    parser.add_argument("--replica", required=True, metavar="ID", help="told in every answer of /model")
    parser.add_argument("--host", default=Settings.host)
    parser.add_argument("--port", type=int, default=Settings.port, help="0 lets the system choose")
    parser.add_argument("--port-file", metavar="FILE", help="written when the replica listens")
    parser.add_argument("--max-body", type=int, default=Settings.max_body, metavar="BYTES")
    parser.add_argument("--max-waiting", type=int, default=Settings.max_waiting, metavar="REQUESTS")
    parser.add_argument("--max-rows", type=int, default=Settings.max_rows, metavar="ROWS")
    parser.add_argument("--drain", type=int, default=Settings.drain, metavar="SECONDS")
    parser.add_argument("--log-level", default=Settings.log_level, choices=["debug", "info", "warning", "error"])
    options = parser.parse_args(arguments)
    if (options.file is None) != (options.function is None):
        parser.error("--file and --function go together")
    if os.environ.get(TOKEN_VARIABLE) == "":
        parser.error(f"{TOKEN_VARIABLE} is empty: unset it to serve without a token")
    return options
