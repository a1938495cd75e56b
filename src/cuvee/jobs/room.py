"""How the jobs room joins the house."""

from cuvee.api.builder import Room
from cuvee.db.database import Database
from cuvee.jobs import deciding, routes, routes_runs, service
from cuvee.jobs.planner import Planner
from cuvee.jobs.scheduler import Scheduler
from cuvee.projects.events import Farewells
from cuvee.sessions.events import SessionMoved
from cuvee.sessions.manager import Sessions


def install(database: Database, planner: Planner, sessions: Sessions, farewells: Farewells, *, most: int) -> Room:
    """Routes for jobs and their runs, and the scheduler, which has `most` runs go on at once."""
    scheduler = Scheduler(database, sessions, planner.place, most=most)
    database.reactions.on(SessionMoved, deciding.follow)
    farewells.within.append(service.forget_project)
    return Room(
        routes=[
            routes.list_all_jobs,
            routes.list_jobs,
            routes.create_job,
            routes.get_job,
            routes.update_job,
            routes.delete_job,
            routes_runs.list_job_runs,
            routes_runs.create_job_run,
            routes_runs.get_job_run,
            routes_runs.stop_job_run,
            routes_runs.get_job_run_logs,
        ],
        provides={"planner": planner},
        on_startup=[scheduler.open],
        on_shutdown=[scheduler.close],
    )
