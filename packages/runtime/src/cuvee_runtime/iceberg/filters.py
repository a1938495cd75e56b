"""A scan's filter as a text that a scan takes again, from the JSON of Iceberg's expressions."""

import json
from typing import Any

_COMPARED = {"eq": "=", "not-eq": "!=", "lt": "<", "lt-eq": "<=", "gt": ">", "gt-eq": ">="}
_STATES = {"is-null": "is null", "not-null": "is not null", "is-nan": "is nan", "not-nan": "is not nan"}
_LISTED = {"in": "in", "not-in": "not in"}
_BEGUN = {"starts-with": "like", "not-starts-with": "not like"}


def text(expression: Any) -> str | None:
    """Such as `quality >= 5 and region in ('a', 'b')`; None when all rows are taken.

    >>> text({"type": "gt-eq", "term": "quality", "value": 5})
    'quality >= 5'
    >>> text(True)
    """
    return None if expression in (True, "true") else _text(expression)


def _text(expression: Any) -> str:
    if not isinstance(expression, dict):
        return str(expression).lower()
    kind = expression["type"]
    if kind in {"and", "or"}:
        # Those of the same kind need no brackets, nor does a single comparison.
        sides = [expression["left"], expression["right"]]
        return f" {kind} ".join(f"({_text(each)})" if _is_other(each, kind) else _text(each) for each in sides)
    if kind == "not":
        return f"not ({_text(expression['child'])})"
    return _predicate(kind, _column(expression["term"]), expression)


def _is_other(expression: Any, kind: str) -> bool:
    return isinstance(expression, dict) and expression["type"] in {"and", "or"} - {kind}


def _predicate(kind: str, column: str, expression: dict[str, Any]) -> str:
    if kind in _STATES:
        return f"{column} {_STATES[kind]}"
    if kind in _LISTED:
        # A set has no order of its own, and the same rows shall have the same digest.
        return f"{column} {_LISTED[kind]} ({', '.join(sorted(map(_literal, expression['values'])))})"
    if kind in _BEGUN:
        begin = str(expression["value"]).replace("%", "\\%")
        return f"{column} {_BEGUN[kind]} {_literal(f'{begin}%')}"
    return f"{column} {_COMPARED[kind]} {_literal(expression['value'])}"


def _column(term: Any) -> str:
    """Quoted where the name is no plain word; a transform of it, which no scan takes again, as `bucket[4](id)`."""
    if isinstance(term, dict):
        return f"{term['transform']}({_column(term['term'])})"
    parts = term.split(".")
    return ".".join(part if part.isidentifier() and part.isascii() else json.dumps(part) for part in parts)


def _literal(value: Any) -> str:
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    return str(value).lower() if isinstance(value, bool) else str(value)
