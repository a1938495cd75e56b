"""What data versions of models rest on: the snapshots that their runs read."""

from collections.abc import Collection, Mapping, Sequence

from cuvee.datasets import service as datasets
from cuvee.datasets.values import Use
from cuvee.db.session import Reading
from cuvee.registry.values import ModelVersion
from cuvee.tracking import family


def of_runs(connection: Reading, run_ids: Collection[str]) -> Mapping[str, Sequence[Use]]:
    """Run → the snapshots that it read, or a run that it is a part of: a search over parameters reads once for all."""
    lines = family.lines(connection, run_ids)
    read: dict[str, list[Use]] = {}
    for use in datasets.uses_by(connection, {run_id for line in lines.values() for run_id in line}):
        if not use.is_output:
            read.setdefault(use.run_id, []).append(use)
    return {run_id: [use for each in line for use in read.get(each, ())] for run_id, line in lines.items()}


def of_versions(connection: Reading, versions: Collection[ModelVersion]) -> Mapping[str, Sequence[Use]]:
    """Version → the snapshots that its run read."""
    read = of_runs(connection, {version.run_id for version in versions if version.run_id})
    return {version.id: read.get(version.run_id, ()) for version in versions}
