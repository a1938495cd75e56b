"""`mlflow.spark.autolog()` without MLflow's jar: what the jar does for it, done by a listener of Spark's.

There is no such jar for every Scala that Spark comes with. It tells of each file that a query read: where, and of which
format. That is a few calls, made here.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

_UNKNOWN = "unknown"


class Subscriber(Protocol):
    """MLflow's, which puts what it is told into the run's tag `sparkDatasourceInfo`."""

    def notify(self, path: str, version: str, data_format: str) -> None:
        """Something was read."""


def offer(module: ModuleType) -> None:
    """Have `mlflow.spark.autologging` use this where its jar is not."""
    stock: Callable[[Any], Any] = module._get_jvm_event_publisher  # noqa: SLF001 - the one place where the jar is asked for
    listen: Callable[[Any], None] = module._listen_for_spark_activity  # noqa: SLF001 - and the one where it is used

    def publisher(context: Any) -> Any:
        found = stock(context)
        return Publisher(context) if isinstance(found, import_module("py4j.java_gateway").JavaPackage) else found

    def listening(context: Any) -> None:
        # As pyspark starts it: Java then knows the port.
        import_module("pyspark.java_gateway").ensure_callback_server_started(context._gateway)  # noqa: SLF001 - as it asks
        listen(context)

    vars(module).update(_get_jvm_event_publisher=publisher, _listen_for_spark_activity=listening)


class Publisher:
    """Stands for the jar's class of this purpose."""

    def __init__(self, context: Any) -> None:
        self._sessions = context._jvm.org.apache.spark.sql.SparkSession  # noqa: SLF001 - the way to Java

    def init(self, _seconds: int) -> None:
        """Nothing has to be prepared."""

    def register(self, subscriber: Subscriber) -> None:
        """Tell of what is read from now on."""
        self._sessions.active().listenerManager().register(Queries(subscriber))


class Queries:
    """A listener of Spark's; it is called behind a query, in a thread of its own."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber

    def onSuccess(self, _name: str, execution: Any, _nanoseconds: int) -> None:  # noqa: N802 - Java's names
        """A query ended well."""
        for path, data_format in _files(execution.analyzed()):
            self._subscriber.notify(path, _UNKNOWN, data_format)

    def onFailure(self, _name: str, _execution: Any, _error: Any) -> None:  # noqa: N802
        """What failed is no read."""

    class Java:
        """How py4j knows what this is to Java."""

        implements = ("org.apache.spark.sql.util.QueryExecutionListener",)


def _files(plan: Any) -> Iterator[tuple[str, str]]:
    """Where the files are that a plan reads, and of which format."""
    leaves = plan.collectLeaves()
    for place in range(leaves.size()):
        leaf = leaves.apply(place)
        if leaf.getClass().getSimpleName() != "LogicalRelation":
            continue
        relation = leaf.relation()
        if relation.getClass().getSimpleName() == "HadoopFsRelation":
            yield relation.location().rootPaths().head().toString(), relation.fileFormat().toString().lower()
