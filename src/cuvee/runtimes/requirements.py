"""Requirement lines of strangers: a model's `requirements.txt` may name packages and versions, and nothing else.

A line such as `--index-url`, `-r /etc/passwd` or `name @ git+ssh://…` would have the installer read files, ask other
hosts or run programs. So each line is read by the packaging library and written anew from what it understood.
"""

import re
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement

from cuvee.runtimes import errors

_MOST_LINES: Final = 2_000
_LONGEST: Final = 2_000
_HASH: Final = re.compile(r"\s+--hash[= ](sha256|sha384|sha512):([0-9a-f]{64,128})(?=\s|$)")


def clean(text: str) -> tuple[str, ...]:
    """The requirements of a `requirements.txt`, each in a normal form.

    Raises:
        BadRequirement: when a line is anything but a requirement with hashes; the message names the line.

    """
    lines = text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines()
    if len(lines) > _MOST_LINES:
        raise errors.BadRequirement(f"More than {_MOST_LINES} lines of requirements.")
    wanted = ((number, _without_comment(line)) for number, line in enumerate(lines, start=1))
    return tuple(_cleaned(number, line) for number, line in wanted if line)


def _without_comment(line: str) -> str:
    return re.sub(r"(^|\s)#.*", "", line).strip()


def _cleaned(number: int, line: str) -> str:
    refusal = errors.BadRequirement(f"Line {number} of the requirements is not allowed: {line[:80]!r}. A requirement "
                                    "is a name with versions, such as `pandas>=2.2`.")  # fmt: skip
    if len(line) > _LONGEST:
        raise refusal
    hashes = [f"--hash={kind}:{digest}" for kind, digest in _HASH.findall(line)]
    try:
        requirement = Requirement(_HASH.sub("", line))
    except InvalidRequirement:
        raise refusal from None
    if requirement.url is not None:
        raise refusal
    return " ".join([str(requirement), *hashes])
