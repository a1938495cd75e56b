"""What the forms about endpoints say, as values: resources, replicas, variables, what is to be deployed."""

from collections.abc import Mapping
from typing import Final

from cuvee.api.callers import Caller
from cuvee.compute import profiles
from cuvee.compute.values import Profile
from cuvee.core import clock, errors
from cuvee.db.session import Reading
from cuvee.projects.values import Project
from cuvee.registry import versions
from cuvee.runtimes.addons import ADDONS
from cuvee.serving import errors as serving_errors
from cuvee.serving import messages, service
from cuvee.serving.routes.builds import wanted_build
from cuvee.serving.values import Build, Endpoint, Resources, Wish, new_uuid

Form = Mapping[str, str]

_MILLI: Final = 1000
_KIBI: Final = 1024
_MOST_VARIABLES: Final = 1000


def offered() -> list[tuple[str, str]]:
    """The resource profiles that this machine can give, as a select takes them."""
    fitting = [each for each in profiles.PROFILES if profiles.fits(each)] or list(profiles.PROFILES[:1])
    return [(f"{each.cpu:g}:{each.memory:g}", each.description) for each in fitting]


def sparks() -> list[tuple[str, str]]:
    """Which Spark code can have, as a select takes them; none is the first."""
    return [("", "No"), *((each.identifier, each.display_name) for each in ADDONS)]


def profile_key(resources: Resources) -> tuple[str, str]:
    """Resources as one of the choices above, whether or not it is offered."""
    profile = Profile(cpu=resources.cpu_millicores / _MILLI, memory=resources.memory_mb / _KIBI)
    return f"{profile.cpu:g}:{profile.memory:g}", profile.description


def resources(form: Form, present: Resources) -> Resources:
    """What a replica may use; the profile that is there already needs not fit.

    Raises:
        BadResources: when it is no profile.
        BadProfile: when this machine cannot give it.

    """
    chosen = form.get("profile", "")
    if not chosen or chosen == profile_key(present)[0]:
        return present
    cpu, _, memory = chosen.partition(":")
    try:
        profile = profiles.profile(float(cpu), float(memory))
    except ValueError:
        raise serving_errors.BadResources from None
    return Resources(cpu_millicores=round(profile.cpu * _MILLI), memory_mb=round(profile.memory * _KIBI))


def replicas(form: Form, present: int) -> int:
    """How many replicas.

    Raises:
        BadReplicas: when it is no whole number.

    """
    text = form.get("replicas", "").strip()
    if not text:
        return present
    if not text.isascii() or not text.isdigit() or len(text) > 3:  # noqa: PLR2004 - the service knows the limit
        raise serving_errors.BadReplicas
    return int(text)


def environment(form: Form) -> dict[str, str]:
    """Variables, one a line: `NAME=value`.

    Raises:
        BadEnvironment: with the line that is none.

    """
    found: dict[str, str] = {}
    for number, line in enumerate(form.get("environment", "").split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, value = line.partition("=")
        if not sign or not name.strip():
            raise serving_errors.BadEnvironment(f"Environment variables, line {number}: write NAME=value.")
        found[name.strip()] = value
    if len(found) > _MOST_VARIABLES:
        raise serving_errors.BadEnvironment(f"There are more than {_MOST_VARIABLES} environment variables.")
    return found


def wish(form: Form, endpoint: Endpoint) -> Wish:
    """What a deployment of the endpoint is to be like."""
    return Wish(
        resources=resources(form, endpoint.resources),
        replicas=replicas(form, endpoint.replicas),
        environment=environment(form),
    )


def build(connection: Reading, caller: Caller, endpoint: Endpoint, form: Form) -> Build:
    """The build that a form asks for, to be deployed when it is built.

    Raises:
        NotInTheRegistry, VersionNotFound: when the caller sees no such registered version.
        BadSource: when neither a version nor code is named.
        AddonNotFound: when there is no such Spark.

    """
    wanted = messages.ShortCreateModelBuild(comment=form.get("comment", "")[:1000])
    if form.get("kind") == "code":
        wanted.file_path = form.get("file_path", "").strip()
        wanted.function_name = form.get("function_name", "").strip()
        wanted.runtime_addon_identifiers = [form["addon"]] if form.get("addon") else []
    else:
        name, number = form.get("model", ""), form.get("version", "")
        if not name or not number:
            raise errors.Invalid("Choose a registered model and one of its versions.")
        wanted.registered_model_version_id = versions.get(connection, caller, name, number).id
    made = wanted_build(connection, caller, endpoint, wanted, wish(form, endpoint))
    service.check_source(made.source)
    return made


def endpoint(project: Project, caller: Caller, form: Form) -> Endpoint:
    """The endpoint that a form asks for."""
    now = clock.now_ms()
    usual = Resources()
    return Endpoint(
        id=new_uuid(),
        project_id=project.id,
        name=form.get("name", "").strip(),
        description=form.get("description", "").strip(),
        access_key=service.new_access_key(),
        auth_enabled="auth_enabled" in form,
        creator_id=caller.user_id,
        resources=resources(form, usual),
        replicas=replicas(form, 1),
        example_input=form.get("example_input", "").strip(),
        example_output=form.get("example_output", "").strip(),
        created_at=now,
        updated_at=now,
    )
