"""A real object store for tests: SeaweedFS, which speaks S3 and has a catalog of Iceberg tables besides."""

import json
import os
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from tests.conftest import wait_for
from tests.integration.test_openlineage_bad_days import free_port

#: Of whoever opens it.
USER, SECRET = "cellar", "an-object-stores-s3kr1t"
_PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
          "s3.port", "s3.port.grpc", "s3.port.iceberg")  # fmt: skip
_WEED = Path(sysconfig.get_path("scripts")) / "weed"


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """A store that runs."""

    url: str
    #: Iceberg's REST protocol.
    catalog: str
    master: str

    @property
    def properties(self) -> dict[str, str]:
        """How pyiceberg opens it; the secret apart."""
        return {"s3.endpoint": self.url, "s3.region": "us-east-1", "s3.access-key-id": USER}

    def make_bucket(self, name: str) -> None:
        """A bucket for files."""
        self._said(f"s3.bucket.create -name {name}")

    def make_warehouse(self, name: str) -> None:
        """A bucket for tables, which its catalog has as `s3://<name>/`."""
        self._said(f"s3tables.bucket -create -name {name} -account me")

    def _said(self, command: str) -> None:
        done = subprocess.run(
            [_WEED, "shell", f"-master={self.master}"],
            input=command,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert "error" not in done.stdout + done.stderr, done.stdout + done.stderr


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """A store whose files are below the folder."""
    person = {"name": "me", "credentials": [{"accessKey": USER, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "people.json").write_text(json.dumps({"identities": [person]}))
    (folder / "data").mkdir()
    ports = {name: free_port() for name in _PORTS}
    log = folder / "weed.log"
    with log.open("wb") as out:
        process = psutil.Popen(
            [_WEED, "server", f"-dir={folder}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false",
             "-master.volumeSizeLimitMB=16", "-volume.max=20", "-s3", f"-s3.config={folder}/people.json",
             "-s3.port.lance=0", *(f"-{name}={port}" for name, port in ports.items())],
            env={"PATH": os.environ["PATH"], "HOME": str(folder)}, cwd=folder, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    found = ObjectStore(
        url=f"http://127.0.0.1:{ports['s3.port']}",
        catalog=f"http://127.0.0.1:{ports['s3.port.iceberg']}",
        master=f"127.0.0.1:{ports['master.port']}.{ports['master.port.grpc']}",
    )
    try:
        wait_for(lambda: _answers(found) or process.poll() is not None, 120)
        assert process.poll() is None, log.read_text(errors="replace")
        yield found
    finally:
        process.kill()
        process.wait(30)


def _answers(store: ObjectStore) -> bool:
    """Whether it refuses a stranger, and its catalog is there."""
    try:
        return httpx.get(store.url).status_code == 403 and httpx.get(f"{store.catalog}/v1/config").is_success
    except httpx.TransportError:
        return False
