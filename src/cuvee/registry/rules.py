"""What names, tags, aliases, stages and texts may be. MLflow's rules and sentences, and limits where it has none."""

import json
import posixpath
import re
from collections.abc import Mapping
from typing import Final

from cuvee.registry import errors
from cuvee.registry.values import Stage

MAX_NAME: Final = 256
MAX_TAG_KEY: Final = 250
MAX_TAG_VALUE: Final = 100_000
MAX_ALIAS: Final = 255
MAX_TEXT: Final = 100_000
MAX_URI: Final = 2_048
#: Numbers are kept in 31 bits.
MAX_NUMBER: Final = 2**31 - 1

_TAG_KEY: Final = re.compile(r"[/\w.\- :]*")
_ALIAS: Final = re.compile(r"[\w\-]+")
_LIKE_A_VERSION: Final = re.compile(r"[vV]\d+")
# What no database keeps, what no screen shows.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_UNKEEPABLE: Final = re.compile("[\x00\ud800-\udfff]")
_STAGES: Final = {stage.lower(): stage for stage in Stage}


def require_name(name: str, parameter: str = "name") -> None:
    """Go on only with a name that a registered model may have.

    Raises:
        BadName: in MLflow's words.

    """
    if not name.strip():
        raise errors.BadName(f"Missing value for required parameter '{parameter}'.")
    if "/" in name or ":" in name:
        raise errors.BadName(f"Invalid model name '{name}'. Names cannot contain '/' or ':'.")
    if _is_ambiguous(name):
        raise errors.BadName(_ambiguous("name", name))
    if len(name) > MAX_NAME:
        raise errors.BadName(f"'{parameter}' exceeds the maximum length of {MAX_NAME} characters")
    if _CONTROL.search(name):
        raise errors.BadName("A registered model's name has no control characters.")


def require_tags(tags: Mapping[str, str]) -> None:
    """Go on only with tags that can be kept.

    Raises:
        BadTag: in MLflow's words.

    """
    for key, value in tags.items():
        require_tag_key(key)
        if len(key) > MAX_TAG_KEY:
            raise errors.BadTag(f"'key' exceeds the maximum length of {MAX_TAG_KEY} characters")
        if len(value) > MAX_TAG_VALUE:
            raise errors.BadTag(f"'value' exceeds the maximum length of {MAX_TAG_VALUE} characters")
        if _UNKEEPABLE.search(value):
            raise errors.BadTag("A tag's value has no NUL characters.")


def require_tag_key(key: str) -> None:
    """Go on only with a tag key that there can be.

    Raises:
        BadTag: in MLflow's words.

    """
    if not _TAG_KEY.fullmatch(key):
        raise errors.BadTag(
            f"Invalid value {json.dumps(key)} for parameter 'key' supplied: Names may only contain alphanumerics, "
            "underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
        )
    if _is_ambiguous(key):
        raise errors.BadTag(_ambiguous("key", key))


def require_alias(alias: str) -> None:
    """Go on only with an alias that there can be.

    Raises:
        BadAlias: in MLflow's words.

    """
    if not alias:
        raise errors.BadAlias("Registered model alias name cannot be empty.")
    if not _ALIAS.fullmatch(alias):
        raise errors.BadAlias(
            f"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
        )
    if len(alias) > MAX_ALIAS:
        raise errors.BadAlias(f"'Registered model alias name' exceeds the maximum length of {MAX_ALIAS} characters")


def require_free_alias(alias: str) -> None:
    """Go on only with an alias that may be given: `latest` and those that look like a version are taken.

    Raises:
        BadAlias: in MLflow's words.

    """
    require_alias(alias)
    if alias.lower() == "latest":
        raise errors.BadAlias("'latest' alias name (case insensitive) is reserved.")
    if _LIKE_A_VERSION.fullmatch(alias):
        raise errors.BadAlias(f"Version alias name '{alias}' is reserved.")


def require_text(text: str | None, parameter: str, longest: int = MAX_TEXT) -> None:
    """Go on only with a text that can be kept.

    Raises:
        BadText: when it is too long or has NUL characters.

    """
    if text and len(text) > longest:
        raise errors.BadText(f"'{parameter}' exceeds the maximum length of {longest} characters")
    if text and _UNKEEPABLE.search(text):
        raise errors.BadText(f"'{parameter}' has no NUL characters.")


def stage(text: str) -> Stage:
    """A stage, whatever its letters' case.

    Raises:
        BadStage: in MLflow's words.

    """
    found = _STAGES.get(text.lower())
    if found is None:
        raise errors.BadStage(f"Invalid Model Version stage: {text}. Value must be one of {', '.join(Stage)}.")
    return found


def number(text: str) -> int:
    """A version's number as it stands in requests.

    Raises:
        BadVersion: in MLflow's words.

    """
    try:
        value = int(text) if len(text) < 20 else -1  # noqa: PLR2004 - longer than any number kept
    except ValueError:
        raise errors.BadVersion(f"Parameter 'version' must be an integer, got '{text}'.") from None
    return value if 0 <= value <= MAX_NUMBER else 0


def _is_ambiguous(name: str) -> bool:
    """Whether the name, taken as a path, is another path: `.`, `a//b`, `../a`."""
    normal = posixpath.normpath(name)
    return normal != name or normal == "." or normal.startswith(("..", "/"))


def _ambiguous(parameter: str, name: str) -> str:
    return (
        f"Invalid value {json.dumps(name)} for parameter '{parameter}' supplied: Names may be treated as files in "
        "certain cases, and must not resolve to other names when treated as such. This name would resolve to "
        f"{posixpath.normpath(name)!r}"
    )
