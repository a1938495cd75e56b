"""What a form of a page sends."""

from collections.abc import Mapping
from typing import Any

from litestar import Request

from cuvee.core import errors


class NotConfirmed(errors.Invalid):
    """Type the name exactly as it is written to confirm."""


async def texts(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields of a form, those with files left out. Line breaks are as people write them, whatever browsers send."""
    form = await request.form()
    return {name: value.replace("\r\n", "\n") for name, value in form.items() if isinstance(value, str)}


def required(text: str, otherwise: str) -> str:
    """Go on only with a text that says something.

    Raises:
        Invalid: with the sentence, when it does not.

    """
    if not text.strip():
        raise errors.Invalid(otherwise)
    return text


def require_confirmed(form: Mapping[str, str], name: str) -> None:
    """Go on only when the name of what is to be deleted was typed.

    Raises:
        NotConfirmed: when it was not.

    """
    if form.get("confirm", "").strip() != name.strip():
        raise NotConfirmed(f"Nothing was deleted: type {name} to confirm.")
