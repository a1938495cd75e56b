"""What is said when Spark does not start."""

import pytest

from cuvee_runtime.spark.starting import NotStarted, told


class Thrown:
    """Java's exception, as py4j has it."""

    def __init__(self, message, cause=None):
        self.getMessage = lambda: message
        self.getCause = lambda: cause
        self.toString = lambda: "java.net.ConnectException"


class FromJava(Exception):
    def __init__(self, thrown):
        super().__init__("a long stack trace")
        self.java_exception = thrown


def test_what_the_causes_say_is_said_once():
    causes = Thrown(
        "An error has occurred.", Thrown("Connection refused: /10.0.0.1:6443", Thrown("Connection refused"))
    )
    said = r"^Spark did not start: An error has occurred; Connection refused: /10\.0\.0\.1:6443$"
    with pytest.raises(NotStarted, match=said) as caught, told():
        raise FromJava(causes)

    assert isinstance(caught.value.__cause__, FromJava)


def test_a_cause_without_words_is_named():
    with pytest.raises(NotStarted, match=r"not start: java\.net\.ConnectException$"), told():
        raise FromJava(Thrown(None))


def test_what_is_not_javas_is_left_alone():
    with pytest.raises(KeyError), told():
        raise KeyError("x")
