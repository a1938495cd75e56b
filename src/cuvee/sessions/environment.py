"""What a session finds in its environment: CML's names, MLflow's, and our own."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cuvee.compute import environment as allowed
from cuvee.projects.values import Project
from cuvee.runtimes.values import MAINTENANCE, Environment, Runtime
from cuvee.sessions.values import Place, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a session's environment is made from."""

    session: Session
    project: Project
    project_owner: str
    runtime: Runtime
    layer: Environment
    base: Environment
    place: Place
    directory: Path
    #: Where pip and uv keep what they downloaded.
    cache: Path
    #: Where this machine reaches the platform.
    url: str
    api_key: str
    #: Opens the session's Jupyter Server.
    token: str


def variables(given: Given, extra: Mapping[str, str]) -> dict[str, str]:
    """The whole environment; `extra` is what add-ons bring.

    A project's variables win over ours, a session's over the project's.
    What the platform needs to find its session again cannot be overridden.
    """
    return {
        **allowed.base(),
        **allowed.threads(given.session.profile),
        **allowed.installers(given.cache),
        **_mlflow(given),
        **_catalogs(given),
        **_cml(given),
        **_runtime(given.runtime),
        **extra,
        **given.project.environment,
        **given.session.environment,
        **_fixed(given),
    }


def _mlflow(given: Given) -> Mapping[str, str]:
    script = given.session.script
    return {
        "MLFLOW_TRACKING_URI": given.url,
        "MLFLOW_REGISTRY_URI": given.url,
        "MLFLOW_TRACKING_TOKEN": given.api_key,
        # Tags that its client puts on every run: by CML's, a run's page finds the session.
        "MLFLOW_RUN_CONTEXT": json.dumps({"engineID": given.session.id, **(script.tags if script else {})}),
    }


def _catalogs(given: Given) -> Mapping[str, str]:
    """The project's tables for pyiceberg: what `load_catalog()` finds, and `load_catalog("cuvee")` as in Spark."""
    properties = {
        "TYPE": "rest",
        "URI": f"{given.url}/iceberg",
        "WAREHOUSE": given.project.id,
        "TOKEN": given.api_key,
        "HEADER__X_CUVEE_SESSION": given.session.id,
    }
    return {
        f"PYICEBERG_CATALOG__{name}__{key}": value for name in ("DEFAULT", "CUVEE") for key, value in properties.items()
    }


def _cml(given: Given) -> Mapping[str, str]:
    project, session, profile = given.project, given.session, given.session.profile
    return {
        "CDSW_PROJECT_ID": project.id,
        "CDSW_PROJECT": project.slug,
        "CDSW_PROJECT_URL": f"{given.url}/api/v1/projects/{given.project_owner}/{project.slug}",
        "CDSW_API_URL": f"{given.url}/api/v1",
        "CDSW_APIV2_KEY": given.api_key,
        "CDSW_DOMAIN": urlsplit(given.url).netloc,
        "CDSW_ENGINE_ID": session.id,
        "CDSW_ENGINE_TYPE": session.kind,
        "CDSW_CREATOR": session.owner_name,
        "CDSW_CPU_MILLICORES": str(round(profile.cpu * 1000)),
        "CDSW_MEMORY_MB": str(round(profile.memory * 1024)),
        "PROJECT_OWNER": given.project_owner,
    }


def _runtime(runtime: Runtime) -> Mapping[str, str]:
    return {
        "ML_RUNTIME_EDITOR": runtime.editor,
        "ML_RUNTIME_EDITION": runtime.edition,
        "ML_RUNTIME_KERNEL": runtime.kernel,
        "ML_RUNTIME_DESCRIPTION": runtime.description,
        "ML_RUNTIME_FULL_VERSION": runtime.full_version,
        "ML_RUNTIME_SHORT_VERSION": runtime.short_version,
        "ML_RUNTIME_MAINTENANCE_VERSION": MAINTENANCE.removeprefix("b"),
    }


def _fixed(given: Given) -> Mapping[str, str]:
    jupyter = given.place.folder / "jupyter"
    script = given.session.script
    code = {"CUVEE_CODE": str(given.place.code)} if script and script.code else {}
    path = [str(given.layer.scripts), str(given.base.scripts), os.environ.get("PATH", os.defpath)]
    return {
        "CUVEE_SESSION_ID": given.session.id,
        **code,
        "HOME": str(given.directory),
        "PATH": os.pathsep.join(path),
        "VIRTUAL_ENV": str(given.layer.path),
        "IPYTHONDIR": str(given.place.ipython),
        "JUPYTER_CONFIG_DIR": str(jupyter / "config"),
        "JUPYTER_DATA_DIR": str(jupyter / "data"),
        "JUPYTER_RUNTIME_DIR": str(given.place.runtime),
        "JUPYTER_TOKEN": given.token,
    }
