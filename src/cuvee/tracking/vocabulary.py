"""What runs, and what experiments, can be searched by; MLflow's rules and words for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cuvee.tracking.conditions import Entity
from cuvee.tracking.errors import BadFilter

_NUMERIC: Final = ("!=", "<", "<=", "=", ">", ">=")
_TEXTUAL: Final = ("!=", "=", "ILIKE", "LIKE")
_LISTED: Final = (*_TEXTUAL, "IN", "NOT IN")
_ENTITIES: Final = {
    "metric": Entity.METRIC,
    "metrics": Entity.METRIC,
    "parameter": Entity.PARAM,
    "parameters": Entity.PARAM,
    "param": Entity.PARAM,
    "params": Entity.PARAM,
    "tag": Entity.TAG,
    "tags": Entity.TAG,
    "attribute": Entity.ATTRIBUTE,
    "attr": Entity.ATTRIBUTE,
    "attributes": Entity.ATTRIBUTE,
    "run": Entity.ATTRIBUTE,
    "dataset": Entity.DATASET,
    "datasets": Entity.DATASET,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of one kind of search."""

    #: How an entity may be written → what it is.
    entities: Mapping[str, Entity]
    #: How an attribute may be written → its name.
    attributes: Mapping[str, str]
    numbers: frozenset[str]
    #: Entities that may be asked to be there.
    optional: frozenset[Entity]
    #: The message about one of which that cannot be asked.
    not_optional: str
    #: The message about an entity that is not one of them.
    no_entity: str

    def entity(self, name: str) -> Entity:
        """What kind of thing is meant.

        Raises:
            BadFilter: when there is none of that name.

        """
        found = self.entities.get(name)
        if found is None:
            raise BadFilter(self.no_entity.format(name))
        return found

    def key(self, entity: Entity, key: str) -> str:
        """The name of the thing that is meant.

        Raises:
            BadFilter: when an attribute or a dataset has no such key.

        """
        if entity is Entity.ATTRIBUTE:
            if key not in self.attributes:
                raise BadFilter(f"Invalid attribute key '{key}' specified. Valid keys are '{set(self.attributes)}'")
            return self.attributes[key]
        if entity is Entity.DATASET and key not in {"name", "digest", "context"}:
            raise BadFilter(
                f"Invalid dataset key '{key}' specified. Valid keys are '{ {'context', 'digest', 'name'} }'"
            )
        return key

    def is_number(self, entity: Entity, key: str) -> bool:
        return entity is Entity.METRIC or (entity is Entity.ATTRIBUTE and key in self.numbers)

    def require_operator(self, entity: Entity, key: str, operator: str) -> None:
        """Go on only with a comparison that this kind of thing has.

        Raises:
            BadFilter: when it has not.

        """
        known: tuple[str, ...]
        if self.is_number(entity, key):
            known = _NUMERIC
        else:
            known = _TEXTUAL if entity in {Entity.PARAM, Entity.TAG} else _LISTED
        if operator not in known:
            raise BadFilter(f"Invalid comparator '{operator}' not one of '{set(known)}'")


RUNS: Final = Vocabulary(
    entities=_ENTITIES,
    attributes={
        **{
            name: name for name in ("artifact_uri", "end_time", "run_id", "run_name", "start_time", "status", "user_id")
        },
        # MLflow does not know this one: milliseconds from the start to the end.
        "duration": "duration",
        **dict.fromkeys(("created", "Created"), "start_time"),
        **dict.fromkeys(("run name", "Run name", "Run Name"), "run_name"),
    },
    numbers=frozenset({"start_time", "end_time", "duration"}),
    optional=frozenset({Entity.PARAM, Entity.TAG}),
    not_optional="IS NULL / IS NOT NULL is only supported for tags and params, not for '{}' '{}'",
    no_entity="Invalid entity type '{}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']",
)

EXPERIMENTS: Final = Vocabulary(
    entities={name: _ENTITIES[name] for name in ("attribute", "tag", "tags")},
    attributes={name: name for name in ("name", "experiment_id", "creation_time", "last_update_time")},
    numbers=frozenset({"creation_time", "last_update_time"}),
    optional=frozenset({Entity.TAG}),
    not_optional="IS NULL / IS NOT NULL is only supported for tags, not for {} '{}'",
    no_entity="Invalid entity type '{}'. Valid entity types are ('attribute', 'tag', 'tags')",
)
