"""What a version is made from: a caller's URI, parsed once into a value. Nothing but our own kinds of places passes."""

import re
from dataclasses import dataclass
from typing import Final

from cuvee.core.paths import BadPath, RelativePath
from cuvee.registry import errors, rules

#: What MLflow's clients send as the source of a prompt, which has no files.
PLACEHOLDERS: Final = frozenset({"dummy-source", "prompt-template"})

#: Of what a URI could mean besides names: a query, a fragment, parameters.
_AMBIGUOUS: Final = re.compile(r"[?#;%]")
_SUBJECT: Final = re.compile(r"[A-Za-z0-9][\w\-]{0,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSource:
    """`runs:/<run id>/<path>`: a path among a run's artifacts."""

    run_id: str
    path: RelativePath


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedModelSource:
    """`models:/<model id>`: a logged model."""

    model_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSource:
    """`models:/<name>/<version>` or `models:/<name>@<alias>`: another version."""

    name: str
    number: int = 0
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactSource:
    """`mlflow-artifacts:/<path>`: a path below the root of all artifacts."""

    path: RelativePath


Source = RunSource | LoggedModelSource | VersionSource | ArtifactSource


def parse(text: str) -> Source:
    """Read a source.

    Raises:
        BadSource: for everything that is not one of the four kinds, written plainly.

    """
    scheme, colon, rest = text.partition(":")
    if not colon or len(text) > rules.MAX_URI or not rest.startswith("/") or rest.startswith("//"):
        raise errors.BadSource.of(text)
    try:
        match scheme:
            case "runs":
                return _run(rest[1:])
            case "models":
                return _model(rest[1:])
            case "mlflow-artifacts":
                return ArtifactSource(path=_path(rest[1:]))
    except (BadPath, errors.BadName, errors.BadAlias, errors.BadVersion):
        pass
    raise errors.BadSource.of(text)


def _run(text: str) -> RunSource:
    run_id, _, path = text.partition("/")
    if not _SUBJECT.fullmatch(run_id):
        raise BadPath
    return RunSource(run_id=run_id, path=_path(path))


def _model(text: str) -> LoggedModelSource | VersionSource:
    name, slash, version = text.partition("/")
    if slash:
        rules.require_name(name)
        if not version.isascii() or not version.isdigit():
            raise errors.BadVersion
        return VersionSource(name=name, number=rules.number(version))
    name, at, alias = text.rpartition("@")
    if at:
        rules.require_name(name)
        rules.require_alias(alias)
        return VersionSource(name=name, alias=alias)
    if not _SUBJECT.fullmatch(text):
        raise BadPath
    return LoggedModelSource(model_id=text)


def _path(text: str) -> RelativePath:
    path = RelativePath.parse(text)
    if not path.names or _AMBIGUOUS.search(text):
        raise BadPath
    return path
