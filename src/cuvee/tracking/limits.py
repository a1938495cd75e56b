"""How long things may be and what names look like: MLflow's numbers and rules."""

import re
from collections.abc import Sequence
from functools import lru_cache
from posixpath import normpath
from typing import Final

from cuvee.tracking import errors
from cuvee.tracking.values import Tag

MAX_METRICS: Final = 1_000
MAX_PARAMS: Final = 100
MAX_TAGS: Final = 100
MAX_ITEMS: Final = 1_000
#: Of one batch's body.
MAX_BATCH_BYTES: Final = 1_000_000
MAX_KEY: Final = 250
MAX_PARAM: Final = 6_000
MAX_TAG: Final = 8_000
MAX_EXPERIMENT_NAME: Final = 500
MAX_EXPERIMENT_TAG: Final = 20_000
MAX_RUN_NAME: Final = 8_000

_NAME: Final = re.compile(r"[/\w.\- :]*")
_SURROGATES: Final = re.compile("[\ud800-\udfff\0]")


@lru_cache(maxsize=4_096)
def require_name(name: str, path: str) -> None:
    """Go on only when a metric, parameter or tag may have this name. Those that may are remembered: they come again.

    Raises:
        BadCharacters: when it has others than letters, digits and `/_-. :`.
        BadPathName: when it would be another name as a path, such as `a//b` or `../a`.

    """
    if not _NAME.fullmatch(name):
        raise errors.BadCharacters(path, name)
    norm = normpath(name)
    if norm != name or norm == "." or norm.startswith(("..", "/")):
        raise errors.BadPathName(path, name)


def require_length(what: str, limit: int, text: str) -> str:
    """The text, if it is at most so long; without what no database keeps (NUL, half characters).

    Raises:
        TooLong: when it is longer.

    """
    if len(text) > limit:
        raise errors.TooLong(what, limit)
    return _SURROGATES.sub("\ufffd", text)


def experiment_name(name: str) -> str:
    """A name that an experiment may have.

    Raises:
        BadExperimentName: when it is empty.
        TooLong: when it is longer than MAX_EXPERIMENT_NAME.

    """
    if not name:
        raise errors.BadExperimentName(name)
    return require_length("name", MAX_EXPERIMENT_NAME, name)


def experiment_tag(tag: Tag) -> Tag:
    """A tag that an experiment may have."""
    require_name(tag.key, "key")
    require_length("key", MAX_KEY, tag.key)
    return Tag(tag.key, require_length("value", MAX_EXPERIMENT_TAG, tag.value))


def run_tag(tag: Tag, path: str = "") -> Tag:
    """A tag that a run may have; `path` is where it stands in its request, such as `tags[3]`."""
    at = f"{path}." if path else ""
    require_name(tag.key, at + "key")
    require_length(at + "key", MAX_KEY, tag.key)
    return Tag(tag.key, require_length(at + "value", MAX_TAG, tag.value))


def param(given: Tag, path: str = "") -> Tag:
    """A parameter that a run may have."""
    require_name(given.key, f"{path}.key" if path else "key")
    require_length("Param key", MAX_KEY, given.key)
    return Tag(given.key, require_length("Param value", MAX_PARAM, given.value))


def metric_name(name: str, path: str) -> None:
    """Go on only with a name that a metric may have; `path` is where it stands, such as `metrics[3].`."""
    require_name(name, path + "name")
    require_length("Metric name", MAX_KEY, name)


def batch(metrics: int, params: int, tags: int) -> None:
    """Go on only when one request may hold so many.

    Raises:
        TooMany: when not.

    """
    for what, limit, count in (
        ("metrics", MAX_METRICS, metrics),
        ("params", MAX_PARAMS, params),
        ("tags", MAX_TAGS, tags),
        ("metrics, params, and tags", MAX_ITEMS, metrics + params + tags),
    ):
        if count > limit:
            raise errors.TooMany(what, limit, count)


def unique_params(params: Sequence[Tag]) -> None:
    """Go on only when no parameter comes twice.

    Raises:
        RepeatedParams: when one does.

    """
    seen: set[str] = set()
    repeated = [given.key for given in params if given.key in seen or seen.add(given.key)]  # type: ignore[func-returns-value]
    if repeated:
        raise errors.RepeatedParams(repeated)
