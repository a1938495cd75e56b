"""A real Hive metastore for tests: Hive's own, out of Spark's jars, with an embedded Derby in a folder."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

import psutil
from hive_metastore.ThriftHiveMetastore import Client
from hive_metastore.ttypes import ShowLocksRequest
from tests.conftest import wait_for
from tests.integration.test_openlineage_bad_days import free_port
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.Thrift import TException
from thrift.transport.TSocket import TSocket
from thrift.transport.TTransport import TBufferedTransport

_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n
"""


class Metastore:
    """A metastore that can be away and come back; what it knows stays in its folder."""

    def __init__(self, java: Path, jars: Path, folder: Path) -> None:
        self._java = java
        self._jars = jars
        self._folder = folder
        self._process: psutil.Popen | None = None
        self._port = free_port()
        self.uri = f"thrift://127.0.0.1:{self._port}"
        self.warehouse = folder / "warehouse"
        _describe(folder, self.warehouse)

    def start(self, *arguments: str) -> None:
        """Start it, and wait until it answers."""
        log = self._folder / "metastore.log"
        command = [self._java, "-Xmx256m", f"-Dderby.stream.error.file={self._folder}/derby.log"]
        with log.open("ab") as out:
            self._process = psutil.Popen(
                [*command, "-cp", f"{self._folder}:{self._jars}/*", "org.apache.hadoop.hive.metastore.HiveMetaStore",
                 "-p", str(self._port), *arguments],
                env={"PATH": os.environ["PATH"]}, cwd=self._folder, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        wait_for(lambda: self._answers() or self._process.poll() is not None, 120)
        assert self._process.poll() is None, log.read_text()

    def stop(self) -> None:
        """Stop it, as a host does that goes down."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def _answers(self) -> bool:
        transport = TBufferedTransport(TSocket("127.0.0.1", self._port))
        try:
            transport.open()
            Client(TBinaryProtocol(transport)).show_locks(ShowLocksRequest())
        except TException:
            return False
        finally:
            transport.close()
        return True


@contextmanager
def metastore(spark: Path, java: Path, folder: Path) -> Iterator[Metastore]:
    """A metastore that runs; `spark` is where the package pyspark is."""
    found = Metastore(java / "bin" / "java", spark / "jars", folder)
    try:
        # Hive makes its tables of locks in a database when it is told that this is a test, and only then; in a test
        # it takes no locks from clients of other versions, so it goes on without being told.
        found.start("--hiveconf", "hive.in.test=true")
        found.stop()
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder)


def _describe(folder: Path, warehouse: Path) -> None:
    settings = {
        "javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder}/db;create=true",
        "hive.metastore.warehouse.dir": f"file://{warehouse}",
        "hive.metastore.schema.verification": "false",
        "datanucleus.schema.autoCreateAll": "true",
        "datanucleus.connectionPoolingType": "DBCP",  # the others' jars are not among Spark's
        "hive.async.log.enabled": "false",
    }
    lines = "".join(
        f"<property><name>{name}</name><value>{escape(value)}</value></property>" for name, value in settings.items()
    )
    (folder / "hive-site.xml").write_text(f"<configuration>{lines}</configuration>")
    (folder / "hive-log4j2.properties").write_text(_LOGGING)
