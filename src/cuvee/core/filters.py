"""Filters as MLflow writes them, split into comparisons: `metrics.loss < 0.1 AND tags.stage LIKE 'prod%'`.

Only the shape is read here. What may be compared with what is each list's own business.
"""

import re
from dataclasses import dataclass
from typing import Final

from cuvee.core import errors

MAX_LENGTH: Final = 20_000
MAX_COMPARISONS: Final = 100

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'[^']*'|"[^"]*")
      | (?P<operator><=|>=|!=|<>|=|<|>)
      | (?P<mark>[(),])
      | (?P<word>[^\W\d][\w\-]*(?:\.(?:`[^`]*`|"[^"]*"|[\w.\-/:]+))?|`[^`]*`)
      | (?P<number>[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    )""",
    re.VERBOSE,
)


class BadFilter(errors.Invalid):
    """The filter cannot be read: write comparisons, with AND between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One condition of a filter."""

    #: What stands before the first full stop, such as `metrics`; empty when there is none.
    entity: str
    key: str
    #: `=`, `!=`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE`, `IN`, `NOT IN`.
    operator: str
    #: Without its quotation marks; several for a list.
    value: str | tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.entity}.{self.key}" if self.entity else self.key

    @property
    def number(self) -> float:
        """The value as a number.

        Raises:
            BadFilter: when it is none.

        """
        try:
            return float(self.value)  # type: ignore[arg-type]  # a list of values fails as any text does
        except (TypeError, ValueError):
            raise BadFilter(f"Expected a number to compare {self} with, got {self.value!r}.") from None

    @property
    def values(self) -> tuple[str, ...]:
        """The value, or the list of them."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


def comparisons(text: str) -> list[Comparison]:
    """Split a filter; an empty one has no comparisons.

    Raises:
        BadFilter: when it cannot be read, or is absurdly long.

    """
    if len(text) > MAX_LENGTH:
        raise BadFilter(f"A filter has at most {MAX_LENGTH} characters.")
    tokens = _Tokens(text)
    found: list[Comparison] = []
    while not tokens.is_done:
        if found:
            tokens.expect("word", "AND")
        found.append(_comparison(tokens))
    if len(found) > MAX_COMPARISONS:
        raise BadFilter(f"A filter has at most {MAX_COMPARISONS} comparisons.")
    return found


class _Tokens:
    """A filter's tokens, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = len(text.rstrip())
        self._at = 0

    @property
    def is_done(self) -> bool:
        return self._at >= self._end

    def next(self) -> tuple[str, str]:
        match = None if self.is_done else _TOKEN.match(self._text, self._at)
        if match is None or match.lastgroup is None:
            raise self.unreadable()
        self._at = match.end()
        return match.lastgroup, match[match.lastgroup]

    def expect(self, kind: str, text: str) -> None:
        found = self.next()
        if found[0] != kind or found[1].upper() != text:
            raise self.unreadable()

    def unreadable(self) -> BadFilter:
        return BadFilter(
            f"Invalid filter string: {self._text!r}. Expected a list of comparisons separated by 'AND' "
            "(e.g. 'metrics.loss > 0.1 AND params.lr = 0.01')."
        )


def _comparison(tokens: _Tokens) -> Comparison:
    kind, left = tokens.next()
    if kind != "word":
        raise tokens.unreadable()
    entity, dot, key = ("", "", left) if left.startswith("`") else left.partition(".")
    if not dot:
        entity, key = "", left
    operator = _operator(tokens)
    return Comparison(entity=entity, key=key.strip('`"'), operator=operator, value=_value(tokens, operator))


def _operator(tokens: _Tokens) -> str:
    kind, text = tokens.next()
    word = text.upper()
    if kind == "operator":
        return "!=" if text == "<>" else text
    if kind == "word" and word in {"LIKE", "ILIKE", "IN"}:
        return word
    if kind == "word" and word == "NOT":
        tokens.expect("word", "IN")
        return "NOT IN"
    raise tokens.unreadable()


def _value(tokens: _Tokens, operator: str) -> str | tuple[str, ...]:
    kind, text = tokens.next()
    if operator not in {"IN", "NOT IN"}:
        return _single(tokens, kind, text)
    if (kind, text) != ("mark", "("):
        raise tokens.unreadable()
    values = []
    while True:
        values.append(_single(tokens, *tokens.next()))
        kind, text = tokens.next()
        if (kind, text) == ("mark", ")"):
            return tuple(values)
        if (kind, text) != ("mark", ","):
            raise tokens.unreadable()


def _single(tokens: _Tokens, kind: str, text: str) -> str:
    if kind == "text":
        return text[1:-1]
    if kind in {"number", "word"}:
        return text
    raise tokens.unreadable()
