"""Endpoints, builds, deployments and replicas as API v2 shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from cuvee.core import clock
from cuvee.identity import messages as identity_messages
from cuvee.identity import routes as identity
from cuvee.identity.values import User
from cuvee.projects.messages import ShortProject
from cuvee.projects.values import Project
from cuvee.serving import counters, messages
from cuvee.serving.counters import Counters
from cuvee.serving.fleet import Member
from cuvee.serving.values import Build, Deployment, Endpoint, Replica


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who made things, and the projects these are in."""

    users: Mapping[str, User] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)

    def user(self, user_id: str) -> identity_messages.ShortUser:
        return identity.short(self.users.get(user_id))

    def project(self, project_id: str) -> ShortProject:
        found = self.projects.get(project_id)
        if found is None:
            return ShortProject(public_identifier=project_id)
        return ShortProject(public_identifier=found.id, name=found.name, slug=found.slug)


def model(endpoint: Endpoint, people: People) -> messages.Model:
    """An endpoint, which API v2 calls a model."""
    resources = endpoint.resources
    return messages.Model(
        id=endpoint.id,
        name=endpoint.name,
        description=endpoint.description,
        creator=people.user(endpoint.creator_id),
        access_key=endpoint.access_key,
        deletion_status="",
        created_at=clock.rfc3339(endpoint.created_at),
        updated_at=clock.rfc3339(endpoint.updated_at),
        crn=endpoint.crn,
        auth_enabled=endpoint.auth_enabled,
        project=people.project(endpoint.project_id),
        registered_model_id=endpoint.registered_model_id,
        visibility=endpoint.visibility,
        default_resources=messages.DefaultResources(
            cpu_millicores=str(resources.cpu_millicores),
            memory_mb=str(resources.memory_mb),
            nvidia_gpus=str(resources.gpus),
        ),
        default_replication_policy=messages.DefaultReplicationPolicy(num_replicas=str(endpoint.replicas)),
        run_as=endpoint.run_as,
        accelerator_label_id="0",
        project_id=endpoint.project_id,
        example_input=endpoint.example_input,
        example_output=endpoint.example_output,
    )


def build(of: Build, people: People) -> messages.ModelBuild:
    return messages.ModelBuild(
        id=of.id,
        model_id=of.endpoint_id,
        creator=people.user(of.creator_id),
        comment=of.comment,
        file_path=of.source.file_path,
        function_name=of.source.function_name,
        engine_image="",
        kernel=of.kernel,
        created_at=clock.rfc3339(of.created_at),
        updated_at=clock.rfc3339(of.updated_at),
        status=of.status,
        deletion_status="",
        crn=of.crn,
        built_at=_moment(of.built_at),
        runtime_identifier=of.runtime_identifier,
        runtime_addon_identifiers=list(of.runtime_addon_identifiers),
        registered_model_version_id=of.source.registered_model_version_id,
        model_root_dir=of.source.model_root_dir,
        build_script_path="",
        number=of.number,
        status_reason=of.status_reason,
        digest=of.digest,
    )


def deployment(of: Deployment, endpoint: Endpoint, people: People, *, ready: int) -> messages.ModelDeployment:
    resources = of.wish.resources
    return messages.ModelDeployment(
        id=of.id,
        project_id=endpoint.project_id,
        model_id=of.endpoint_id,
        build_id=of.build_id,
        cpu=resources.cpu_millicores / 1000,
        memory=round(resources.memory_mb / 1024, 3),
        nvidia_gpu=resources.gpus,
        environment=msgspec.json.encode(of.wish.environment).decode(),
        created_at=clock.rfc3339(of.created_at),
        updated_at=clock.rfc3339(of.updated_at),
        stopped_at=_moment(of.stopped_at),
        crn=of.crn,
        deployer=people.user(of.deployer_id),
        status=of.status,
        replicas=of.wish.replicas,
        number=of.number,
        status_reason=of.status_reason,
        ready_replicas=ready,
    )


def replica(of: Replica, member: Member | None) -> messages.Replica:
    backend = None if member is None else member.backend
    return messages.Replica(
        id=of.id,
        name=of.name,
        state=of.state,
        reason=of.reason,
        restarts=of.restarts,
        outstanding=0 if backend is None else backend.outstanding,
        created_at=clock.rfc3339(of.created_at),
        updated_at=clock.rfc3339(of.updated_at),
    )


def metrics(members: list[Member]) -> messages.DeploymentMetrics:
    return messages.DeploymentMetrics(
        bounds=list(counters.BOUNDS),
        total=_counted("", counters.total(member.counters for member in members)),
        replicas=[_counted(member.replica.name, member.counters) for member in members],
    )


def _counted(name: str, of: Counters) -> messages.ReplicaMetrics:
    return messages.ReplicaMetrics(
        name=name, received=of.received, refused=of.refused, failed=of.failed, seconds=of.seconds, buckets=of.buckets
    )


def _moment(milliseconds: int) -> str | None:
    return clock.rfc3339(milliseconds) if milliseconds else None
