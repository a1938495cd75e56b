"""MLflow's filter grammar for registered models and versions: comparisons joined by AND, read into values."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from cuvee.registry import errors

IS_PROMPT: Final = "mlflow.prompt.is_prompt"
MAX_TERMS: Final = 100
MAX_LENGTH: Final = 100_000

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'])*'|"(?:[^"])*")
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<operator><=|>=|!=|<>|=|<|>)
      | (?P<mark>[(),])
      | (?P<word>[A-Za-z_][\w\-]*(?:\.(?:`[^`]*`|"[^"]*"|[\w.\-/:]+))?|`[^`]*`)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One condition: an attribute or a tag, compared with a value."""

    is_tag: bool
    key: str
    #: `=`, `!=`, `LIKE`, `ILIKE`, `IN`, `NOT IN`, `<`, `<=`, `>`, `>=`.
    operator: str
    value: str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """Which attributes a list knows: those with texts, those that take a list of texts, those with numbers."""

    texts: Collection[str]
    lists: Collection[str]
    numbers: Collection[str] = ()


MODELS: Final = Attributes(texts=("name",), lists=("name",))
VERSIONS: Final = Attributes(
    texts=("name", "run_id", "source_path"), lists=("name", "run_id"), numbers=("version_number",)
)

_TEXT_OPERATORS: Final = frozenset({"=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"})
_TAG_OPERATORS: Final = frozenset({"=", "!=", "LIKE", "ILIKE"})
_NUMBER_OPERATORS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})


def parse(text: str, known: Attributes) -> list[Comparison]:
    """Read a filter; an empty one has no conditions.

    Raises:
        BadFilter: when it cannot be read, names what there is not, or is absurdly long.

    """
    if not text.strip():
        return []
    if len(text) > MAX_LENGTH:
        raise errors.BadFilter(f"A filter has at most {MAX_LENGTH} characters.")
    reader = _Reader(text)
    conditions = [_comparison(reader, known)]
    while not reader.is_done:
        reader.expect_word("AND")
        conditions.append(_comparison(reader, known))
        if len(conditions) > MAX_TERMS:
            raise errors.BadFilter(f"A filter has at most {MAX_TERMS} conditions.")
    return conditions


def asks_for_prompts(conditions: Collection[Comparison]) -> bool:
    """Whether a filter is one of those by which clients list prompts. Without it, lists show models only."""
    for condition in conditions:
        if condition.is_tag and condition.key == IS_PROMPT:
            value = str(condition.value).lower()
            return (condition.operator == "=" and value == "true") or (condition.operator == "!=" and value == "false")
    return False


class _Reader:
    """The filter's tokens, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    @property
    def is_done(self) -> bool:
        return self._at == len(self._tokens)

    def next(self) -> tuple[str, str]:
        if self.is_done:
            raise errors.BadFilter(f"Invalid clause(s) in filter string: {self._text}")
        self._at += 1
        return self._tokens[self._at - 1]

    def expect_word(self, word: str) -> None:
        kind, text = self.next()
        if kind != "word" or text.upper() != word:
            raise errors.BadFilter(f"Invalid clause(s) in filter string: {text}")


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise errors.BadFilter(f"Invalid clause(s) in filter string: {text[at:].strip()}")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def _comparison(reader: _Reader, known: Attributes) -> Comparison:
    kind, left = reader.next()
    if kind != "word":
        raise errors.BadFilter(f"Invalid clause(s) in filter string: {left}")
    is_tag, key = _identifier(left, known)
    operator = _operator(reader)
    value = _value(reader, key, is_tag=is_tag, known=known)
    allowed = _TAG_OPERATORS if is_tag else _NUMBER_OPERATORS if key in known.numbers else _TEXT_OPERATORS
    if operator not in allowed or isinstance(value, tuple) != (operator in {"IN", "NOT IN"}):
        of = "tag" if is_tag else f"attribute {key}" if key in known.numbers else "attribute"
        raise errors.BadFilter(f"Invalid comparator for {of}: {operator}")
    return Comparison(is_tag=is_tag, key=key, operator=operator, value=value)


def _identifier(text: str, known: Attributes) -> tuple[bool, str]:
    entity, dot, key = text.partition(".")
    if not dot:
        entity, key = "attribute", text
    if entity not in {"attribute", "tag", "tags"}:
        raise errors.BadFilter(f"Invalid entity type '{entity}'. Valid entity types are ('attribute', 'tag', 'tags')")
    bare = key.strip('`"') if key[:1] in {"`", '"'} else key
    is_tag = entity != "attribute"
    valid = {*known.texts, *known.numbers}
    if not is_tag and bare not in valid:
        raise errors.BadFilter(f"Invalid attribute key '{bare}' specified. Valid keys are '{sorted(valid)}'")
    return is_tag, bare


def _operator(reader: _Reader) -> str:
    kind, text = reader.next()
    word = text.upper()
    if kind == "operator":
        return "!=" if text == "<>" else text
    if kind == "word" and word in {"LIKE", "ILIKE", "IN"}:
        return word
    if kind == "word" and word == "NOT":
        reader.expect_word("IN")
        return "NOT IN"
    raise errors.BadFilter(f"Invalid clause(s) in filter string: {text}")


def _value(reader: _Reader, key: str, *, is_tag: bool, known: Attributes) -> str | int | tuple[str, ...]:
    kind, text = reader.next()
    if kind == "text":
        return _as_number(key, text[1:-1]) if not is_tag and key in known.numbers else text[1:-1]
    if is_tag:
        raise errors.BadFilter(f"Expected a quoted string value for tag (e.g. 'my-value'). Got value {text}")
    if kind == "number" and key in known.numbers:
        return _as_number(key, text)
    if (kind, text) == ("mark", "(") and key in known.lists:
        return _list(reader)
    if (kind, text) == ("mark", "("):
        raise errors.BadFilter(f"Only the {list(known.lists)} attributes support comparison with a list of values.")
    raise errors.BadFilter(
        f"Expected a quoted string value or a list of quoted string values for attributes. Got value {text}"
    )


def _as_number(key: str, text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise errors.BadFilter(f"Invalid value for numeric attribute '{key}': {text!r}") from None
    return max(min(value, 2**31 - 1), -(2**31))


def _list(reader: _Reader) -> tuple[str, ...]:
    values = []
    while True:
        kind, text = reader.next()
        if kind != "text":
            raise errors.BadFilter(
                "While parsing a list in the query, expected string value, punctuation, or whitespace, "
                f"but got different type in list: ({text})"
            )
        values.append(text[1:-1])
        kind, text = reader.next()
        if (kind, text) == ("mark", ")"):
            return tuple(values)
        if (kind, text) != ("mark", ","):
            raise errors.BadFilter(f"Invalid clause(s) in filter string: {text}")
