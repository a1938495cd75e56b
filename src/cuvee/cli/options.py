"""Options that several commands share."""

from pathlib import Path
from typing import Final

import click

from cuvee.runtimes.addons import ADDONS

home: Final = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the platform keeps everything.  [default: $CUVEE_HOME, else ~/.cuvee]",
)

spark: Final = click.option(
    "--spark",
    is_flag=False,
    flag_value=ADDONS[0].version,
    default="",
    help=f"Enable Spark: {' or '.join(each.version for each in ADDONS)}; the first when no version is given.",
)


def addons(spark: str) -> list[str]:
    """What `--spark` says, as API v2 takes it."""
    return [f"spark-{spark.removeprefix('spark-')}"] if spark else []
