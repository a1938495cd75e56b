"""A replica as a workload: how it is started, where it listens, what its log ends with."""

import asyncio
import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from cuvee.compute import environment
from cuvee.compute.reconcile import Workloads
from cuvee.compute.values import Kind, Profile, Workload, WorkloadSpec
from cuvee.serving import snapshot
from cuvee.serving.limits import Limits
from cuvee.serving.values import Build, Deployment, Endpoint, Replica
from cuvee.serving.wire import Broken, Line, NothingSent

#: Bytes of a log that are looked at for its last lines.
_TAIL: Final = 16_384
_LONGEST_REASON: Final = 1_500
#: Seconds that calls under way get when a replica is told to end, and a little for itself.
_GRACE: Final = 40.0
#: Names that a deployment's own variables cannot take: they would undo the isolation or hide the token.
_OURS: Final = frozenset(
    {"CUVEE_REPLICA_TOKEN", "CUVEE_WORKLOAD_ID", "HOME", "PATH", "TMPDIR", "PYTHONHOME", "PYTHONPATH"}
)
_OK: Final = 200

#: What a replica's environment has because of its build's add-ons, with a folder for their settings.
Equip = Callable[[Build, Path, Profile], Awaitable[Mapping[str, str]]]


class Processes:
    """Starts replicas, and finds them again."""

    def __init__(self, workloads: Workloads, home: Path, secret: bytes, limits: Limits, equip: Equip) -> None:
        self.workloads: Final = workloads
        self._home = home
        self._equip = equip
        self._secret = secret
        self._limits = limits

    def model(self, build_id: str) -> Path:
        """Where a build's snapshot is."""
        return self._home / "builds" / build_id / "model"

    def folder(self, workload_id: str) -> Path:
        """Where a workload's files are."""
        return self._home / "workloads" / workload_id

    def log(self, workload_id: str) -> Path:
        """What a replica says about itself, and all that the model's code prints."""
        return self.folder(workload_id) / "stderr.log"

    async def start(
        self, workload_id: str, replica: Replica, endpoint: Endpoint, build: Build, deployment: Deployment
    ) -> Workload:
        """Start a replica's process on files that are still the ones that were built.

        Raises:
            Changed: when they are not.
            NoJava, JarMissing: when an add-on of the build cannot be had any more.
            CannotStart: when the machine refuses.

        """
        model = self.model(build.id)
        await asyncio.to_thread(snapshot.verify, model, build.digest)
        resources = deployment.wish.resources
        profile = Profile(cpu=resources.cpu_millicores / 1000, memory=resources.memory_mb / 1024)
        extra = await self._equip(build, self.folder(workload_id), profile)
        spec = WorkloadSpec(
            id=workload_id,
            kind=Kind.REPLICA,
            command=self._command(workload_id, replica.name, endpoint, build),
            environment=self._environment(workload_id, endpoint, build, deployment, profile=profile, extra=extra),
            directory=model,
            profile=profile,
            grace=_GRACE,
            niceness=0,
        )
        return await self.workloads.start(spec, project_id=endpoint.project_id, owner_id=deployment.deployer_id)

    async def line(self, workload_id: str) -> Line | None:
        """A way to the replica, as soon as it is ready: it listens, and its model is loaded."""
        port = _port(self.folder(workload_id) / "port.json")
        if port == 0:
            return None
        line = Line(port, self._token(workload_id))
        try:
            reply = await asyncio.wait_for(line.ask(b"GET", b"/ping"), 5)
        except (NothingSent, Broken, TimeoutError):
            return None
        return line if reply.status == _OK else None

    def last_words(self, workload_id: str) -> str:
        """The last lines of a replica's log that say something."""
        try:
            with self.log(workload_id).open("rb") as stream:
                stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
                text = stream.read().decode(errors="replace")
        except OSError:
            return ""
        lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        return "\n".join(lines[-6:])[-_LONGEST_REASON:]

    def _command(self, workload_id: str, name: str, endpoint: Endpoint, build: Build) -> tuple[str, ...]:
        model = self.model(build.id)
        source = build.source
        what = (
            ("--file", str(model / source.file_path), "--function", source.function_name)
            if source.is_code
            else ("--model", str(model))
        )
        return (
            build.python,
            "-P",  # a file of the model does not stand in for a module
            "-m",
            "cuvee_runtime.scoring",
            *what,
            "--name",
            endpoint.name,
            "--replica",
            name,
            "--port-file",
            str(self.folder(workload_id) / "port.json"),
            "--max-body",
            str(self._limits.max_body),
        )

    def _environment(
        self,
        workload_id: str,
        endpoint: Endpoint,
        build: Build,
        deployment: Deployment,
        *,
        profile: Profile,
        extra: Mapping[str, str],
    ) -> Mapping[str, str]:
        wheels = self._home / "builds" / build.id / "wheels"
        own = {name: value for name, value in deployment.wish.environment.items() if name not in _OURS}
        return {
            **environment.base(),
            **environment.threads(profile),
            "PYTHONUNBUFFERED": "1",
            "CDSW_PROJECT_ID": endpoint.project_id,
            "CDSW_MODEL_ID": endpoint.id,
            "CDSW_MODEL_BUILD_ID": build.id,
            "CDSW_MODEL_DEPLOYMENT_ID": deployment.id,
            **({"PYTHONPATH": str(wheels)} if wheels.is_dir() else {}),
            **extra,
            **own,
            "HOME": str(self.folder(workload_id)),
            "CUVEE_REPLICA_TOKEN": self._token(workload_id),
        }

    def _token(self, workload_id: str) -> str:
        """What a replica wants to see before it answers. It is derived, so nothing secret is stored with a workload."""
        return hmac.new(self._secret, workload_id.encode(), hashlib.sha256).hexdigest()


def _port(note: Path) -> int:
    try:
        return int(msgspec.json.decode(note.read_bytes())["port"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError):
        return 0
