"""What may be the source of a model version: four kinds of places, written plainly."""

import pytest

from cuvee.core.paths import RelativePath
from cuvee.registry import errors, sources

PLAIN = {
    "runs:/0abc-9k2m-71ay-b0hx/model": sources.RunSource(run_id="0abc-9k2m-71ay-b0hx", path=RelativePath(("model",))),
    "runs:/8a1f/a/b": sources.RunSource(run_id="8a1f", path=RelativePath(("a", "b"))),
    "models:/m-123": sources.LoggedModelSource(model_id="m-123"),
    "models:/wine quality/3": sources.VersionSource(name="wine quality", number=3),
    "models:/wine@champion": sources.VersionSource(name="wine", alias="champion"),
    "mlflow-artifacts:/e/r/artifacts/model": sources.ArtifactSource(
        path=RelativePath(("e", "r", "artifacts", "model"))
    ),
}

#: From the list of what was tried on other trackers, written as a source in every way.
HOSTILE = [
    "../x", "..%2fx", "%2e%2e/x", "..%252fx", "....//x", "..\\x", "..%5cx", "/etc/passwd", "//etc/passwd",
    "///etc/passwd", "C:/x", "C:\\x", "\\\\host\\share", "file:///etc/passwd", "file:/etc", "FILE:///etc",
    " file:///etc", "http:///?/../../etc", "http:///#/../..", "http://169.254.169.254/x", "ftp://host/x",
    "a?/../..", "a#/../..", "a;/../..", "dbfs:/../x", "dbfs:/x", "s3://bucket/../other", "s3://bucket/x",
    "gs://bucket/x", "mlflow-artifacts:/../x", "mlflow-artifacts:/a/%2e%2e/x", "mlflow-artifacts:/a/..%2fx",
    "mlflow-artifacts://host/a", "mlflow-artifacts:///a", "mlflow-artifacts:a", "mlflow-artifacts:/",
    "mlflow-artifacts:/a?b", "mlflow-artifacts:/a#b", "mlflow-artifacts:/a;b", "mlflow-artifacts:/a//b",
    "mlflow-artifacts:/a/./b", "mlflow-artifacts:/a\x00b", "mlflow-artifacts:/a\nb", "mlflow-artifacts:/~root",
    "mlflow-artifacts:/a/\u2024\u2024/b", "mlflow-artifacts:/a/\uff0e\uff0e/b", "mlflow-artifacts:/C:/x",
    "runs:/abc", "runs:/abc/", "runs:/abc/../../x", "runs://abc/x", "runs:/../x", "runs:/a b/x", "RUNS:/abc/x",
    "models:/x/../", "models:/x/..", "models:/x/Production", "models:/x/latest", "models:/x/1/2", "models://p@h/x/1",
    "models:/../x", "models:/x@", "models:/@a", "models:/x/-1", "models:/x/\uff11", "models:/", "", ".", "..", "~root",
    "$HOME", "%SYSTEMROOT%", "/proc/self/root/etc/passwd", "/proc/self/environ", "/dev/zero", "x" * 5_000,
    "mlflow-artifacts:/" + "x/" * 3_000, "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_our_own_places_are_read(text: str):
    assert sources.parse(text) == PLAIN[text]


@pytest.mark.parametrize("text", HOSTILE)
def test_everything_else_is_refused(text: str):
    with pytest.raises(errors.BadSource):
        sources.parse(text)
