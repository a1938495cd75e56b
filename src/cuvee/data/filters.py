"""A scan's filter in words, from the JSON of Iceberg's expressions (its REST specification, Expression)."""

import re
from typing import Any, Final

_SIGNS: Final = {
    "eq": "=",
    "not-eq": "!=",
    "lt": "<",
    "lt-eq": "<=",
    "gt": ">",
    "gt-eq": ">=",
    "starts-with": "starts with",
    "not-starts-with": "does not start with",
}
_STATES: Final = {"is-null": "is null", "not-null": "is not null", "is-nan": "is nan", "not-nan": "is not nan"}
_DEEPEST: Final = 40
#: What Iceberg for Java tells in place of a value: it keeps values to itself.
_MASK: Final = re.compile(r"\((?:\d+-digit-\w+|hash-[0-9a-f]+|(?:date|time|timestamp)(?:-[\w-]+)?)\)")


def in_words(expression: Any, depth: int = 0) -> str:
    """Such as `quality >= 5 and region in ('a', 'b')`; what is no expression of Iceberg's is `…`."""
    if isinstance(expression, bool):
        return "true" if expression else "false"
    kind = expression.get("type") if isinstance(expression, dict) else None
    if not isinstance(kind, str) or depth > _DEEPEST:
        return "…"
    if kind in {"and", "or"}:
        return f" {kind} ".join(_side(expression.get(side), kind, depth + 1) for side in ("left", "right"))
    if kind == "not":
        return f"not ({in_words(expression.get('child'), depth + 1)})"
    return _predicate(expression, kind)


def of_scan(expression: Any) -> str | None:
    """None when all rows were read."""
    words = in_words(expression)
    return None if words == "true" else words


def _predicate(expression: dict[str, Any], kind: Any) -> str:
    if kind in _STATES:
        return f"{_term(expression.get('term'))} {_STATES[kind]}"
    if kind in {"in", "not-in"}:
        values = expression.get("values")
        listed = ", ".join(_value(value) for value in (values if isinstance(values, list) else []))
        return f"{_term(expression.get('term'))} {kind.replace('-', ' ')} ({listed})"
    return _compared(expression, kind)


def _compared(expression: dict[str, Any], kind: Any) -> str:
    if kind not in _SIGNS:
        return str(kind) if kind in {"true", "false"} else "…"
    return f"{_term(expression.get('term'))} {_SIGNS[kind]} {_value(expression.get('value'))}"


def _side(expression: Any, around: str, depth: int) -> str:
    words = in_words(expression, depth)
    other = "or" if around == "and" else "and"
    return f"({words})" if isinstance(expression, dict) and expression.get("type") == other else words


def _term(term: Any) -> str:
    if isinstance(term, dict):
        inner = term.get("term")
        transform = term.get("transform")
        return f"{transform}({_term(inner)})" if transform and not isinstance(inner, dict) else _term(inner)
    return str(term)


def _value(value: Any) -> str:
    """A mask stands without quotes, so that nobody takes it for a value."""
    return f"'{value}'" if isinstance(value, str) and not _MASK.fullmatch(value) else str(value)
