"""`python -m cuvee.workers`: one worker. It reads its order from standard input and ends when that does."""

import logging
import os
import sys
import threading
from functools import partial
from io import RawIOBase
from pathlib import Path

from litestar.types import ASGIApp

from cuvee import rooms
from cuvee.api import builder
from cuvee.api.pages import Sealer
from cuvee.core import settings
from cuvee.core.events import Events
from cuvee.core.settings import Settings
from cuvee.db.database import Database
from cuvee.identity import authentication
from cuvee.identity import service as identity
from cuvee.identity.authentication import Keys
from cuvee.identity.scopes import SCOPES
from cuvee.proxy.forward import Proxy
from cuvee.server import Hooks, Server, share
from cuvee.workers import relay
from cuvee.workers.reports import Reports
from cuvee.workers.values import Order, read_order


def main() -> None:
    """Answer until the first process ends, or says so."""
    # Without a buffer, whose lock a thread that waits for more would hold on to in the end.
    orders = os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
    order: Order = read_order(orders.readline())
    chosen = settings.read(
        home=Path(order.home), host=order.host, port=order.port, auth=order.auth, workers=order.workers
    )
    logging.basicConfig(
        level=chosen.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    # Whatever is printed by mistake must not be taken for a report.
    reports = Reports(os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    database = Database(
        chosen.database, readers=chosen.readers, waiting=chosen.write_queue, events=Events(also=reports.add)
    )
    try:
        server = Server(relay.remembering(application(chosen, database, order.first_port)), Hooks())
        threading.Thread(target=_end_with_the_first, args=(server, orders), daemon=True).start()
        with share(order.host, order.port) as listener:
            server.run(sockets=[listener])
    finally:
        database.close()


def application(chosen: Settings, database: Database, first_port: int) -> ASGIApp:
    """The direct paths, with everything that guards them; the rest is relayed."""
    keys, proxy = Keys(database), Proxy()
    sealer = Sealer(database.write_now(partial(identity.ensure_secret, name="pages")))
    furnished = rooms.of_worker(chosen, database, sealer, proxy)
    authenticate = authentication.chosen(chosen.auth, keys, lambda: database.read_now(identity.first_admin))
    app = builder.build(
        furnished, settings=chosen, database=database, authenticate=authenticate, scopes=frozenset(SCOPES)
    )
    served: ASGIApp = builder.served(app, furnished, chosen, others=relay.Relay(app, proxy, first_port))
    return served


def _end_with_the_first(server: Server, orders: RawIOBase) -> None:
    orders.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
