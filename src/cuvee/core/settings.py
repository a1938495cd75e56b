"""The configuration: read once, at the start, from the command line, the environment and the home; passed from then on.

`SETTINGS` is the one list of what can be set; the reference page is held to it by a test.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from cuvee.core import errors

AuthMode = Literal["token", "none"]

MAVEN_CENTRAL: Final = "https://repo.maven.apache.org/maven2"
OPENLINEAGE_NAMESPACE: Final = "cuvee"
#: Where receivers of OpenLineage listen, by its specification.
_LINEAGE_PATH: Final = "/api/v1/lineage"

#: Environment variable → what it sets.
SETTINGS: Final[dict[str, str]] = {
    "CUVEE_HOME": "where the platform keeps everything; `~/.cuvee` when not set",
    "CUVEE_DATABASE_URL": "a PostgreSQL URL such as `postgresql://user@host/cuvee`; SQLite in the home when not set",
    "CUVEE_ALLOWED_HOSTS": "host names, with commas between, under which browsers and clients may reach the platform",
    "CUVEE_CONTENT_PORT": "the port on which JupyterLab and users' content are shown, apart from the pages; chosen and "
    "remembered when not set",
    "CUVEE_CONTENT_URL": "the public address of that port, when a proxy stands in front: another host name than the "
    "pages', such as `https://content.example.com`",
    "CUVEE_HTTPS": "`1` when browsers reach the platform by https although it does not see so itself: cookies are then "
    "for https only",
    "CUVEE_MAX_JSON_MB": "the largest JSON body a door takes, in MiB; 16 when not set",
    "CUVEE_MAX_ARTIFACT_MB": "the largest artifact, in MiB; 1048576 (1 TiB) when not set",
    "CUVEE_WRITE_QUEUE": "how many writes may wait before clients are asked to come back later; 2048 when not set",
    "CUVEE_INTAKE_MB": "how many MiB of tracking requests may be held at once before clients are asked to come back "
    "later; 128 when not set",
    "CUVEE_READERS": "how many reads run at the same time; 4 when not set",
    "CUVEE_ENVIRONMENTS": "where base and model environments are made, shared by homes; in the home when not set",
    "CUVEE_MAVEN_URL": "the Maven repository, or a mirror of it, that the Java libraries of add-ons come from; Maven "
    "Central when not set",
    "CUVEE_JARS": "a folder with the Java libraries of add-ons: nothing is downloaded then",
    "CUVEE_GIT_HTTP": "`1` lets projects be cloned over plain http; only https and ssh when not set",
    "CUVEE_GIT_PRIVATE": "`1` lets projects be cloned from private and local addresses; refused when not set",
    "CUVEE_GIT_TIMEOUT": "how many seconds a clone may take; 1800 when not set",
    "CUVEE_MAX_UPLOAD_MB": "the largest upload of files in one request, in MiB; 10240 when not set",
    "CUVEE_PROJECT_QUOTA_MB": "how large a project's folder may become by uploads and clones, in MiB; no limit when "
    "not set",
    "CUVEE_MAX_MODEL_BODY_MB": "the largest call of an endpoint, in MB; 5 when not set",
    "CUVEE_MODEL_DEADLINE": "how many seconds an endpoint may take to answer; 60 when not set",
    "CUVEE_JOB_RUNS": "how many runs of jobs go on at once, while others wait; 8 when not set",
    "CUVEE_BUILD_TIMEOUT": "how many seconds a model's build may take; 1800 when not set",
    "CUVEE_OPENLINEAGE_URL": "where OpenLineage events are sent to, such as `https://lineage.example.com`; "
    "`/api/v1/lineage` is added when it has no path; none are sent when not set",
    "CUVEE_OPENLINEAGE_API_KEY": "the key that the receiver wants to see (`Authorization: Bearer …`)",
    "CUVEE_OPENLINEAGE_NAMESPACE": "what this platform is called in the namespaces of jobs; `cuvee` when not set",
    "CUVEE_LOG_LEVEL": "`debug`, `info`, `warning` or `error`; `warning` when not set",
}


class BadSetting(errors.Misconfigured):
    """A setting has a value that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this platform is to run."""

    #: Everything the platform keeps: database, projects, environments, logs.
    home: Path
    #: Where it listens. Anything but a loopback address needs authentication.
    host: str = "127.0.0.1"
    #: 0 lets the system choose; the home remembers the choice.
    port: int = 8787
    #: Where users' content is shown; 0 lets the system choose, and the home remembers.
    content_port: int = 0
    #: Its public address behind a proxy; empty for the same host.
    content_url: str = ""
    auth: AuthMode = "token"
    #: Processes that answer requests to log, the first one included; more than one on PostgreSQL only.
    workers: int = 1
    database_url: str = ""
    allowed_hosts: frozenset[str] = field(default_factory=frozenset)
    #: Whether browsers reach the platform by https, whatever it sees itself.
    https: bool = False
    #: Bytes.
    max_json: int = 16 * 1024 * 1024
    #: Bytes.
    max_artifact: int = 1024**4
    #: Writes that may wait.
    write_queue: int = 2048
    #: Bytes of tracking requests that are being answered.
    intake: int = 128 * 1024 * 1024
    readers: int = 4
    log_level: str = "warning"
    #: Where environments are shared with other homes; None for in this home.
    shared_environments: Path | None = None
    #: Where the Java libraries of add-ons come from.
    maven_url: str = MAVEN_CENTRAL
    #: A folder with them, for a machine without a network; None to download them.
    jars: Path | None = None
    #: Bytes of one call of an endpoint.
    max_model_body: int = 5_000_000
    #: Seconds of one call of an endpoint.
    model_deadline: int = 60
    #: Seconds of one build.
    build_timeout: int = 1800
    #: Runs of jobs that go on at once; others wait.
    job_runs: int = 8
    #: Whether a clean end of the platform stops what it runs.
    stop_workloads: bool = False
    #: Whether projects may be cloned over plain http, and from private addresses.
    git_http: bool = False
    git_private: bool = False
    #: Seconds.
    git_timeout: int = 1800
    #: Bytes of one request.
    max_upload: int = 10 * 1024**3
    #: Bytes of a project's folder; 0 for no limit.
    project_quota: int = 0
    #: The whole address that OpenLineage events are posted to; empty for none.
    openlineage_url: str = ""
    #: Never shown.
    openlineage_key: str = field(default="", repr=False)
    #: What stands before the project's name in the namespaces of jobs.
    openlineage_namespace: str = OPENLINEAGE_NAMESPACE

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def environments(self) -> Path:
        """Where base and model environments are made, each under the digest of what is in it."""
        return self.shared_environments or self.home / "environments"

    @property
    def sqlite_path(self) -> Path:
        return self.home / "cuvee.db"

    @property
    def database(self) -> str:
        """The database's URL, as SQLAlchemy takes it."""
        if not self.database_url:
            return f"sqlite:///{self.sqlite_path}"
        _scheme, _, rest = self.database_url.partition("://")
        return f"postgresql+psycopg://{rest}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def default_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the platform lives when the command line does not say."""
    return Path(environ.get("CUVEE_HOME") or Path.home() / ".cuvee").expanduser().absolute()


def read(
    *,
    home: Path | None,
    host: str,
    port: int,
    auth: AuthMode,
    stop_workloads: bool = False,
    workers: int = 1,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Put the command line and the environment together.

    Raises:
        BadSetting: with a sentence that names the setting.

    """
    url = environ.get("CUVEE_DATABASE_URL", "")
    if url and not url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        raise BadSetting("CUVEE_DATABASE_URL must begin with postgresql://.")
    if workers > 1 and not url:
        raise BadSetting("--workers is for PostgreSQL (CUVEE_DATABASE_URL): SQLite has one writer, and one process.")
    if auth == "none" and not is_loopback(host):
        raise BadSetting("--auth none is for 127.0.0.1 and localhost only: everybody who reaches it may do everything.")
    hosts = environ.get("CUVEE_ALLOWED_HOSTS", "")
    shared = environ.get("CUVEE_ENVIRONMENTS", "")
    return Settings(
        home=(home or default_home(environ)).expanduser().absolute(),
        host=host,
        port=port,
        auth=auth,
        workers=workers,
        database_url=url,
        content_port=_port(environ, "CUVEE_CONTENT_PORT"),
        content_url=_origin(environ, "CUVEE_CONTENT_URL"),
        allowed_hosts=frozenset(name.strip().lower() for name in hosts.split(",") if name.strip()),
        https=_switch(environ, "CUVEE_HTTPS"),
        max_json=_whole(environ, "CUVEE_MAX_JSON_MB", 16) * 1024 * 1024,
        max_artifact=_whole(environ, "CUVEE_MAX_ARTIFACT_MB", 1024**2) * 1024 * 1024,
        write_queue=_whole(environ, "CUVEE_WRITE_QUEUE", 2048),
        intake=_whole(environ, "CUVEE_INTAKE_MB", 128) * 1024 * 1024,
        readers=_whole(environ, "CUVEE_READERS", 4),
        log_level=_level(environ, "CUVEE_LOG_LEVEL"),
        shared_environments=Path(shared).expanduser().absolute() if shared else None,
        maven_url=_address(environ, "CUVEE_MAVEN_URL") or MAVEN_CENTRAL,
        jars=Path(jars).expanduser().absolute() if (jars := environ.get("CUVEE_JARS", "")) else None,
        max_model_body=_whole(environ, "CUVEE_MAX_MODEL_BODY_MB", 5) * 1_000_000,
        model_deadline=_whole(environ, "CUVEE_MODEL_DEADLINE", 60),
        build_timeout=_whole(environ, "CUVEE_BUILD_TIMEOUT", 1800),
        job_runs=_whole(environ, "CUVEE_JOB_RUNS", 8),
        stop_workloads=stop_workloads,
        git_http=_switch(environ, "CUVEE_GIT_HTTP"),
        git_private=_switch(environ, "CUVEE_GIT_PRIVATE"),
        git_timeout=_whole(environ, "CUVEE_GIT_TIMEOUT", 1800),
        max_upload=_whole(environ, "CUVEE_MAX_UPLOAD_MB", 10 * 1024) * 1024**2,
        project_quota=_whole(environ, "CUVEE_PROJECT_QUOTA_MB", 0) * 1024**2,
        openlineage_url=_receiver(environ, "CUVEE_OPENLINEAGE_URL"),
        openlineage_key=_secret(environ, "CUVEE_OPENLINEAGE_API_KEY"),
        openlineage_namespace=_namespace(environ, "CUVEE_OPENLINEAGE_NAMESPACE"),
    )


def _level(environ: Mapping[str, str], name: str) -> str:
    level = environ.get(name, "warning").lower()
    if level not in {"debug", "info", "warning", "error"}:
        raise BadSetting(f"{name} must be debug, info, warning or error.")
    return level


def _switch(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "") or "0"
    if text not in {"0", "1"}:
        raise BadSetting(f"{name} must be 1 or 0.")
    return text == "1"


def _port(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "") or "0"
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:  # noqa: PLR2004 - the last port
        raise BadSetting(f"{name} must be a port: a number up to 65535.")
    return int(text)


def _origin(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "").rstrip("/").lower()
    if text and not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", text):
        raise BadSetting(f"{name} must be an address without a path, such as https://content.example.com.")
    return text


def _address(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "").rstrip("/")
    if text and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text):
        raise BadSetting(f"{name} must be an address such as https://mirror.example.com/maven2.")
    return text


def _receiver(environ: Mapping[str, str], name: str) -> str:
    """Without what must not be seen in a log: a key has a setting of its own."""
    text = environ.get(name, "").rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        is_plain = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_plain = False
    if not is_plain or re.search(r"[@?#\s]|[^!-~]", text):
        raise BadSetting(f"{name} must be an address such as https://lineage.example.com, without a key in it.")
    return text if parts.path else text + _LINEAGE_PATH


def _secret(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    if not re.fullmatch(r"[!-~]*", text):
        raise BadSetting(f"{name} must be a key: letters, digits and signs, without spaces and line ends.")
    return text


def _namespace(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "") or OPENLINEAGE_NAMESPACE
    if not re.fullmatch(r"[A-Za-z0-9:/_.@+=-]{1,200}", text):
        raise BadSetting(f"{name} must be up to 200 letters, digits and any of : / _ . @ + = -")
    return text


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise BadSetting(f"{name} must be a whole number above 0.")
    return int(text)
