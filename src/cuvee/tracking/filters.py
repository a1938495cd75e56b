"""From the text of a filter, or of an order, to what it asks for."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError, VisitError

from cuvee.tracking import errors
from cuvee.tracking.conditions import (
    Aggregate,
    Compared,
    Condition,
    Entity,
    Every,
    Exists,
    Not,
    Order,
    Projection,
    Some,
)
from cuvee.tracking.vocabulary import Vocabulary

MAX_LENGTH: Final = 20_000
MAX_COMPARISONS: Final = 200
#: Columns that one search names.
MAX_COLUMNS: Final = 1_000
#: Parentheses and NOTs within each other.
MAX_DEPTH: Final = 50

_NAME: Final = re.compile(r"(?P<entity>`[^`]*`|[^.`]*)(?:\.(?P<key>.*))?", re.DOTALL)
_ORDER: Final = re.compile(r"\s*(?P<name>(?:`[^`]*`|\"[^\"]*\"|[^\s`\"]+)+)(?:\s+(?P<direction>\S+))?\s*")
#: A key in quotes, and what stands behind it.
_QUOTED: Final = re.compile(r"(?P<key>`[^`]*`|\"[^\"]*\"|'[^']*')(?:\.(?P<aggregate>\w+))?")
_AGGREGATES: Final = frozenset(Aggregate)
_LARGEST: Final = 2**63 - 1
_WORD: Final = re.compile(r"[\w.`'\"/:-]+|\S")
#: What the grammar can expect, the most telling first → how a person calls it.
_EXPECTED: Final = {
    "OPERATOR": "A comparison is expected here: =, !=, <, <=, >, >=, LIKE, ILIKE, IN or IS NULL.",
    "TEXT": "A value is expected here: a number, or a text in quotes.",
    "NAME": "A name is expected here, such as metrics.rmse, params.alpha, tags.stage or status.",
    "_AND": "AND, OR or the end is expected here.",
    "RPAR": "A closing parenthesis is expected here.",
    "LPAR": "A list in parentheses is expected here.",
    "_NULL": "NULL is expected here.",
}


class _Named(NamedTuple):
    """What a name stands for."""

    entity: Entity
    key: str
    aggregate: Aggregate = Aggregate.LAST
    is_doubtful: bool = False


@cache
def _grammar() -> Lark:
    """Made for the first filter, not for every start."""
    return Lark((Path(__file__).parent / "filters.lark").read_text(encoding="utf-8"), parser="lalr")


def parse(text: str, words: Vocabulary) -> Condition | None:
    """What a filter asks for; None for an empty one.

    Raises:
        BadFilter: when it cannot be read, or asks for what cannot be asked.

    """
    if not text.strip():
        return None
    if len(text) > MAX_LENGTH or "\0" in text:
        raise errors.BadFilter(f"A filter has at most {MAX_LENGTH} characters, and none of them is NUL.")
    if _depth(text) > MAX_DEPTH:
        raise errors.BadFilter(f"A filter has at most {MAX_DEPTH} parentheses within each other.")
    try:
        tree = _grammar().parse(text)
        reader = _Reader(words)
        condition: Condition | None = reader.transform(tree)
    except VisitError as error:
        raise error.orig_exc from None
    except LarkError as error:
        message = f"Invalid clause(s) in filter string: {text!r}"
        raise errors.BadFilter(message, span=_span(text, error), hint=_hint(error)) from None
    if reader.count > MAX_COMPARISONS:
        raise errors.BadFilter(f"A filter has at most {MAX_COMPARISONS} comparisons.")
    return condition


def orders(texts: Sequence[str], words: Vocabulary) -> list[Order]:
    """What a list is to be sorted by.

    Raises:
        BadFilter: when it names what is not there.
        BadOrder: when it cannot be read, or names a thing twice.

    """
    found: list[Order] = []
    for text in texts:
        order = _order(text, words)
        if any(_thing(order) == _thing(other) for other in found):
            raise errors.BadOrder(f"`order_by` contains duplicate fields: {list(texts)}")
        found.append(order)
    return found


def projection(columns: Sequence[str], words: Vocabulary) -> Projection:
    """What of runs is asked for, as `metrics.loss`, `params.lr`, `tags.stage` or, for all of a kind, `metrics.*`.

    What runs always have, such as `start_time`, may be named too. What follows a metric's name belongs to it:
    `metrics.loss.min` is the metric of that name.

    Raises:
        BadFilter: when a name cannot be read, or names what runs have not.
        BadColumn: when there are too many, or one is no column.

    """
    if len(columns) > MAX_COLUMNS:
        raise errors.BadColumn(f"A search takes at most {MAX_COLUMNS} columns; metrics.* asks for all metrics.")
    wanted: dict[Entity, set[str]] = {Entity.METRIC: set(), Entity.PARAM: set(), Entity.TAG: set()}
    for column in columns:
        entity, key = _column(column, words)
        if entity is not Entity.ATTRIBUTE:
            wanted[entity].add(key)
    metrics, params, tags = (None if "*" in names else frozenset(names) for names in wanted.values())
    return Projection(metrics=metrics, params=params, tags=tags)


def _column(text: str, words: Vocabulary) -> tuple[Entity, str]:
    named = _named(text, words)
    if named.entity is Entity.DATASET or "\0" in text:
        raise errors.BadColumn(f"Invalid column '{text}': a column is a metric, a parameter, a tag or an attribute.")
    if named.is_doubtful:
        return named.entity, f"{named.key}.{named.aggregate}"
    if named.aggregate is not Aggregate.LAST:
        raise errors.BadColumn(f"Invalid column '{text}': a run's metrics are given with their last values.")
    return named.entity, named.key


def _thing(order: Order) -> tuple[Entity, str, Aggregate]:
    return order.entity, order.key, order.aggregate


def _order(text: str, words: Vocabulary) -> Order:
    match = _ORDER.fullmatch(text)
    if match is None or "\0" in text:
        raise errors.BadOrder(f"Invalid order_by clause '{text}'. Could not be parsed.")
    direction = (match["direction"] or "asc").lower()
    if direction not in {"asc", "desc"}:
        raise errors.BadOrder(f"Invalid ordering key in order_by clause '{text}'.")
    named = _named(match["name"], words)
    if named.entity is Entity.DATASET:
        raise errors.BadOrder("Invalid identifier type 'dataset'")
    return Order(**named._asdict(), is_rising=direction == "asc")


def _named(name: str, words: Vocabulary) -> _Named:
    match = _NAME.fullmatch(name)
    if match is None:
        raise errors.BadFilter(f"Invalid identifier {name!r}.")
    if match["key"] is None:
        entity, key = Entity.ATTRIBUTE, match["entity"]
    else:
        entity, key = words.entity(match["entity"].strip("`")), match["key"]
    quoted = _QUOTED.fullmatch(key)
    if quoted is not None:
        inner = quoted["key"][1:-1]
        if quoted["aggregate"] is None:
            return _Named(entity, words.key(entity, inner))
        return _Named(entity, inner, _aggregate(entity, quoted["aggregate"]))
    stem, dot, ending = key.rpartition(".")
    if entity is Entity.METRIC and dot and stem and ending in _AGGREGATES:
        return _Named(entity, stem, Aggregate(ending), is_doubtful=True)
    return _Named(entity, words.key(entity, key))


def _aggregate(entity: Entity, word: str) -> Aggregate:
    if entity is not Entity.METRIC:
        raise errors.BadFilter(f"Only a metric has an aggregate, a {entity} has no '.{word}'.")
    if word not in _AGGREGATES:
        raise errors.BadFilter(
            f"A metric has no aggregate '{word}'. Valid aggregates are {sorted(map(str, _AGGREGATES))}"
        )
    return Aggregate(word)


def _depth(text: str) -> int:
    """How deep parentheses and NOTs can nest at the most: counted, not parsed."""
    return text.count("(") + len(re.findall(r"\bnot\b", text, re.IGNORECASE)) - text.upper().count(" IN")


class _Reader(Transformer[Token, Any]):
    """From the grammar's tree to conditions, checked against the vocabulary."""

    def __init__(self, words: Vocabulary) -> None:
        super().__init__()
        self._words = words
        self.count = 0

    def start(self, parts: list[Any]) -> Condition | None:
        return parts[0] if parts else None

    def either(self, parts: list[Condition]) -> Condition:
        return Some(tuple(parts))

    def both(self, parts: list[Condition]) -> Condition:
        return Every(tuple(parts))

    def inverted(self, parts: list[Condition]) -> Condition:
        return Not(parts[0])

    def value(self, parts: list[Token]) -> Token:
        return parts[0]

    def values(self, parts: list[Token]) -> list[Token]:
        return parts

    def compared(self, parts: list[Any]) -> Condition:
        name, operator, value = parts
        with _at(name):
            named = _named(name, self._words)
        entity, key = named.entity, named.key
        written = str(operator).upper().replace("<>", "!=")
        with _at(value):
            read: str | float
            read = _number(entity, key, value) if self._words.is_number(entity, key) else _text(entity, value)
        with _at(operator):
            self._words.require_operator(entity, key, written)
        self.count += 1
        return Compared(**named._asdict(), operator=written, value=read)

    def inside(self, parts: list[Any]) -> Condition:
        return self._listed("IN", *parts)

    def outside(self, parts: list[Any]) -> Condition:
        return self._listed("NOT IN", *parts)

    def present(self, parts: list[Any]) -> Condition:
        with _at(parts[0]):
            entity, key, *_rest = _named(parts[0], self._words)
            if entity not in self._words.optional:
                raise errors.BadFilter(self._words.not_optional.format(entity, key))
        self.count += 1
        return Exists(entity=entity, key=key)

    def absent(self, parts: list[Any]) -> Condition:
        return Not(self.present(parts))

    def _listed(self, operator: str, name: Token, values: list[Token] | None) -> Condition:
        with _at(name):
            named = _named(name, self._words)
            is_number = self._words.is_number(named.entity, named.key)
            if not values:
                raise errors.BadFilter(
                    f"While parsing a list in the query, expected a non-empty list of "
                    f"{'numbers' if is_number else 'string values'}, but got empty list."
                )
        read: list[str | float] = []
        for value in values:
            with _at(value):
                read.append(_number(named.entity, named.key, value) if is_number else _text(named.entity, value))
        self.count += 1
        return Compared(**named._asdict(), operator=operator, value=tuple(dict.fromkeys(read)))


@contextmanager
def _at(token: Token) -> Iterator[None]:
    """Have a refusal say that it is about this word."""
    try:
        yield
    except errors.BadFilter as error:
        if error.span is None and token.start_pos is not None and token.end_pos is not None:
            error.span = (token.start_pos, token.end_pos)
        raise


def _span(text: str, error: LarkError) -> tuple[int, int]:
    """The word that the grammar did not take; the end of the text when more was expected."""
    start = getattr(error, "pos_in_stream", None)
    token = getattr(error, "token", None)
    if start is None or (token is not None and token.type == "$END"):
        return len(text.rstrip()), len(text.rstrip())
    word = _WORD.match(text, start)
    return start, word.end() if word else start + 1


def _hint(error: LarkError) -> str:
    """What the grammar would have taken instead."""
    expected: set[str] = set(getattr(error, "expected", None) or getattr(error, "allowed", None) or ())
    for terminal, words in _EXPECTED.items():
        if terminal in expected:
            return words
    return ""


def _number(entity: Entity, key: str, value: Token) -> float:
    if value.type != "NUMBER":
        raise _not_a_number(entity, key, value)
    number = float(value)
    is_whole = value.lstrip("+-").isdigit() and abs(number) < _LARGEST
    return int(value) if is_whole else number


def _text(entity: Entity, value: Token) -> str:
    if value.type == "NUMBER":
        raise _not_a_text(entity, value)
    if value.type != "TEXT":
        raise errors.BadFilter(
            f"Parameter value is either not quoted or unidentified quote types used for string value {value}. "
            "Use either single or double quotes."
        )
    inner = value[1:-1]
    return inner.replace("''", "'") if value[0] == "'" else inner


def _not_a_number(entity: Entity, key: str, found: str) -> errors.BadFilter:
    what = "metric" if entity is Entity.METRIC else f"numeric attribute: {key}"
    return errors.BadFilter(f"Expected numeric value type for {what}. Found {found}")


def _not_a_text(entity: Entity, found: str) -> errors.BadFilter:
    if entity is Entity.ATTRIBUTE:
        return errors.BadFilter(f"Expected a quoted string value for attributes. Got value {found}")
    if entity is Entity.DATASET:
        return errors.BadFilter(f"Expected a quoted string value for dataset attributes. Got value {found}")
    return errors.BadFilter(f"Expected a quoted string value for {entity} (e.g. 'my-value'). Got value {found}")
