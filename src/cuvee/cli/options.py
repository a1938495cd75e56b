"""Options that several commands share."""

from pathlib import Path
from typing import Final

import click

home: Final = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the platform keeps everything.  [default: $CUVEE_HOME, else ~/.cuvee]",
)
