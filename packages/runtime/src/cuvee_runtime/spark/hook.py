"""Has Spark behave as people expect in a session, from the moment when somebody imports it.

Every Python of an environment with Spark runs this when it starts, so nothing is imported that is not needed.
"""

import functools
from types import ModuleType
from typing import Any

from cuvee_runtime import imports
from cuvee_runtime.spark import autologging, settings, starting
from cuvee_runtime.spark.hearing import Hearing


def install() -> None:
    """Mend the settings of every Spark that this process starts from now on, and hear what it reads and writes."""
    hearing = Hearing()
    imports.after("pyspark.sql.session", functools.partial(_start, hearing))
    imports.after("mlflow.tracking.fluent", functools.partial(_follow, hearing))
    imports.after("mlflow.spark.autologging", autologging.offer)


def _start(hearing: Hearing, module: ModuleType) -> None:
    builder = module.SparkSession.Builder
    plain = builder.getOrCreate

    @functools.wraps(plain)
    def get_or_create(self: Any) -> Any:
        settings.mend(self._options)
        with starting.told():
            session = plain(self)
        hearing.listen(session)
        return session

    builder.getOrCreate = get_or_create


def _follow(hearing: Hearing, module: ModuleType) -> None:
    plainly_start, plainly_end = module.start_run, module.end_run

    @functools.wraps(plainly_start)
    def start_run(*args: Any, **kwargs: Any) -> Any:
        run = plainly_start(*args, **kwargs)
        hearing.follow()
        return run

    @functools.wraps(plainly_end)
    def end_run(*args: Any, **kwargs: Any) -> None:
        hearing.settle()
        plainly_end(*args, **kwargs)
        hearing.follow()

    vars(module).update(start_run=start_run, end_run=end_run)
