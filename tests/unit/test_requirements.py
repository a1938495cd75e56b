"""Requirement lines of strangers name packages and versions, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuvee.runtimes import errors
from cuvee.runtimes.requirements import clean

HASH = "a" * 64


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("mlflow==3.1.0\nnumpy>=1,<3\n", ("mlflow==3.1.0", "numpy<3,>=1")),
        ("# a comment\n\n  pandas  # another\n", ("pandas",)),
        ("uvicorn[standard] >= 0.30", ("uvicorn[standard]>=0.30",)),
        ("six; python_version > '3.11'", ('six; python_version > "3.11"',)),
        (f"six==1.16.0 \\\n  --hash=sha256:{HASH}", (f"six==1.16.0 --hash=sha256:{HASH}",)),
        ("", ()),
    ],
)
def test_plain_requirements_are_taken(text: str, wanted: tuple[str, ...]):
    assert clean(text) == wanted


@pytest.mark.parametrize(
    "line",
    [
        "-r /etc/passwd", "-c other.txt", "-e .", "--index-url https://evil.example", "--extra-index-url=x", "-i x",
        "--find-links /tmp", "--no-binary :all:", "--trusted-host x", "git+ssh://host/repo", "git+https://h/r#egg=x",
        "x @ git+https://host/repo", "x @ file:///etc", "https://host/x.whl", "./local", "../up", "/abs", "C:\\x",
        "six; rm -rf /", "six && rm", "$(id)", "`id`", "six --install-option=x", "six --hash=md5:abc", "six\x00",
        "six -r x", "six --hash=sha256:" + "a" * 64 + " -r x", "=1", "-", "x" * 3000,
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_its_line(line: str):
    with pytest.raises(errors.BadRequirement, match="Line 2"):
        clean(f"numpy\n{line}")


def test_a_list_without_end_is_refused():
    with pytest.raises(errors.BadRequirement, match="More than"):
        clean("six\n" * 3000)


@given(st.text())
def test_whatever_is_taken_is_taken_again_unchanged_and_is_no_option(text: str):
    try:
        taken = clean(text)
    except errors.BadRequirement:
        return
    assert clean("\n".join(taken)) == taken
    assert not [line for line in taken if line.startswith("-") or "\n" in line or "://" in line]
