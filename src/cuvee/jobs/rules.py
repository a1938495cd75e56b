"""What a job may be."""

import re
import shlex
from collections.abc import Mapping
from typing import Final

from cuvee.core.paths import RelativePath
from cuvee.jobs import errors, schedule
from cuvee.jobs.values import Plan

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST_NAME: Final = 100
_LONGEST_ARGUMENTS: Final = 10_000
_LONGEST_TIMEOUT: Final = 2_100_000


def require(plan: Plan) -> None:
    """Go on only with a plan that can be carried out.

    Raises:
        BadJobName, BadPath, BadArguments, BadTimeout, TwoTriggers: as they say.
        BadSchedule, NeverComes, BadTimezone: when it would never run.

    """
    if not 1 <= len(plan.name) <= _LONGEST_NAME or not plan.name.strip() or _UNPRINTABLE.search(plan.name):
        raise errors.BadJobName
    path(plan.script)
    words(plan.arguments)
    if not 0 <= plan.timeout <= _LONGEST_TIMEOUT:
        raise errors.BadTimeout
    if plan.schedule and plan.parent_id:
        raise errors.TwoTriggers
    schedule.require(plan.schedule or "0 0 * * *", plan.timezone)


def path(script: str) -> RelativePath:
    """A script's path.

    Raises:
        BadPath: when it does not stay below the project's folder.

    """
    return RelativePath.parse(script)


def words(arguments: str) -> tuple[str, ...]:
    """Arguments as a script gets them.

    >>> words("--rate 0.1 'two words'")
    ('--rate', '0.1', 'two words')

    Raises:
        BadArguments: when they cannot be read.

    """
    if len(arguments) > _LONGEST_ARGUMENTS or _UNPRINTABLE.search(arguments):
        raise errors.BadArguments
    try:
        return tuple(shlex.split(arguments))
    except ValueError:
        raise errors.BadArguments from None


def require_no_circle(parents: Mapping[str, str], job_id: str) -> None:
    """Go on only when nothing comes after itself; `parents` is job → parent, of all jobs of a project.

    Raises:
        NoSuchParent: when a parent is not among them.
        Circle: when an ancestor of the job, or the job, comes after itself.

    """
    line, ancestor = {job_id}, parents[job_id]
    while ancestor:
        if ancestor not in parents:
            raise errors.NoSuchParent
        if ancestor in line:
            raise errors.Circle
        line.add(ancestor)
        ancestor = parents[ancestor]
