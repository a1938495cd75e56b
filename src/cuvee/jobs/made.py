"""Jobs and the runs of experiments that they made, many at once: for who follows what came of what."""

from collections.abc import Collection, Mapping

from cuvee.api.callers import Caller
from cuvee.core.ids import is_id
from cuvee.db.session import Reading
from cuvee.jobs import store
from cuvee.jobs.service import READ
from cuvee.jobs.values import Job, JobRun
from cuvee.tracking import family

#: Of a job's runs, the newest whose experiments' runs are looked for.
_MOST_OF_A_JOB = 200


def seen(connection: Reading, caller: Caller, ids: Collection[str]) -> Mapping[str, Job]:
    """Those of the jobs that are there and that the caller may see, by id."""
    found = store.several(connection, [job_id for job_id in ids if is_id(job_id)])
    return {job.id: job for job in found if caller.allows(READ, job.project_id)}


def jobs_of(connection: Reading, run_ids: Collection[str]) -> Mapping[str, str]:
    """Run of an experiment → the job that made it, of the same project."""
    sessions = family.sessions_of(connection, run_ids)
    ran = {each.id: each for each in store.several_runs(connection, set(sessions.values()))}
    projects = {each.id: each.project_id for each in family.infos(connection, sessions)}
    return {
        run_id: ran[session].job_id
        for run_id, session in sessions.items()
        if session in ran and projects.get(run_id) == ran[session].project_id
    }


def runs_of(connection: Reading, job_ids: Collection[str], most: int) -> Mapping[str, str]:
    """Run of an experiment → the one of these jobs that made it: the newest `most`."""
    ran = {each.id: each for each in store.newest_of(connection, job_ids, _MOST_OF_A_JOB)}
    made = family.made_in(connection, {each.project_id for each in ran.values()}, ran.keys(), most)
    return {run_id: ran[session].job_id for run_id, session in made.items() if session in ran}


def runs_in(connection: Reading, run: JobRun, most: int) -> list[str]:
    """The runs of experiments that were made in a job's run, the newest first."""
    return list(family.made_in(connection, {run.project_id}, [run.id], most))
