"""The nodes of the graph as one caller sees them: each room below is asked once, however many there are."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from cuvee.api.callers import Caller
from cuvee.data import service as data
from cuvee.datasets import references
from cuvee.datasets import service as datasets
from cuvee.db.session import Reading
from cuvee.jobs import made as jobs
from cuvee.lineage import nodes
from cuvee.lineage.values import Kind, Node, Ref
from cuvee.logged_models import service as logged_models
from cuvee.registry import versions
from cuvee.serving import standings
from cuvee.tracking import family


@dataclass(frozen=True, slots=True)
class Rooms:
    """What there is, in one transaction."""

    connection: Reading
    caller: Caller
    #: The nodes that were looked at, and may be seen.
    nodes: dict[Ref, Node] = field(default_factory=dict)

    def look(self, refs: Collection[Ref]) -> Collection[Ref]:
        """Those of the nodes that are there and that the caller may see; afterwards they are in `nodes`."""
        for kind in Kind:
            wanted = [ref.id for ref in refs if ref.kind is kind and ref not in self.nodes]
            if wanted:
                self.nodes.update((node.ref, node) for node in self._found(kind, wanted))
        return [ref for ref in refs if ref in self.nodes]

    def _found(self, kind: Kind, ids: Collection[str]) -> Iterator[Node]:
        match kind:
            case Kind.JOB:
                yield from map(nodes.of_job, jobs.seen(self.connection, self.caller, ids).values())
            case Kind.SNAPSHOT:
                yield from self._snapshots(ids)
            case Kind.RUN:
                yield from map(nodes.of_run, family.seen(self.connection, self.caller, ids).values())
            case Kind.LOGGED_MODEL:
                yield from map(nodes.of_model, logged_models.several(self.connection, self.caller, ids).values())
            case Kind.VERSION:
                yield from map(nodes.of_version, versions.several(self.connection, self.caller, ids))
            case Kind.ENDPOINT:
                yield from map(nodes.of_endpoint, standings.several(self.connection, self.caller, ids))

    def _snapshots(self, ids: Collection[str]) -> Iterator[Node]:
        """Those of our catalogs; of other catalogs those that a run which may be seen tells of."""
        pairs = {pair: each for each in ids if (pair := references.parsed(each)) is not None}
        known = data.known(self.connection, self.caller, pairs.keys())
        yield from (nodes.of_snapshot(*each) for each in known.values())
        ours = data.of_catalogs(self.connection, {uuid for uuid, _ in pairs})
        elsewhere = [reference for (uuid, _), reference in pairs.items() if uuid not in ours]
        told = datasets.told_of(self.connection, self.caller, elsewhere)
        yield from (nodes.of_foreign_snapshot(*each) for each in told.items())
