"""How the sessions room joins the house."""

from cuvee.api.builder import Room
from cuvee.projects.events import Farewells
from cuvee.proxy.forward import Proxy
from cuvee.sessions import routes, routes_executions, routes_transcript, service
from cuvee.sessions.door import Rewritten, door
from cuvee.sessions.launch import Launcher
from cuvee.sessions.manager import Sessions


def install(sessions: Sessions, launcher: Launcher, proxy: Proxy, farewells: Farewells) -> Room:
    """Routes for sessions and executions, and the way to their Jupyter Servers."""
    farewells.before.append(sessions.stop_project)
    farewells.within.append(service.forget_project)
    return Room(
        routes=[
            routes.list_sessions,
            routes.create_session,
            routes.get_session,
            routes.delete_session,
            routes.stop_session,
            routes.interrupt_session,
            routes.restart_session,
            routes.get_session_logs,
            routes_executions.run_in_session,
            routes_executions.list_executions,
            routes_executions.get_execution,
            routes_executions.get_execution_events,
            routes_executions.get_execution_text,
            routes_transcript.get_transcript,
            routes_transcript.complete_in_session,
            routes_transcript.inspect_in_session,
            door(sessions, proxy),
        ],
        provides={"sessions": sessions},
        wrappers=[Rewritten],
        on_startup=[launcher.open, sessions.open],
        on_shutdown=[sessions.close],
    )
