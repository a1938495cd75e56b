"""What of the platform's environment a workload may see: what is on this list, and nothing else."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cuvee.compute.values import Profile

_ALLOWED: Final = frozenset(
    {
        "PATH", "LANG", "LANGUAGE", "TZ", "TERM", "USER", "LOGNAME", "SHELL", "TMPDIR", "LD_LIBRARY_PATH", "JAVA_HOME",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    }
)  # fmt: skip
_ALLOWED_PREFIXES: Final = (
    "LC_", "PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX", "UV_FIND_LINKS", "UV_CACHE_DIR", "UV_OFFLINE",
    "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_HTTP_", "UV_CONCURRENT_", "UV_LINK_MODE", "UV_EXCLUDE_NEWER",
    "UV_INSECURE_HOST", "UV_KEYRING_PROVIDER", "UV_PYTHON_INSTALL", "UV_PYTHON_DOWNLOADS", "UV_NO_CONFIG",
    "UV_CONFIG_FILE",
)  # fmt: skip
#: These would send an installation to a place that is not the workload's environment.
_DENIED: Final = frozenset({"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_REQUIRE_VIRTUALENV"})
_THREADS: Final = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "LOKY_MAX_CPU_COUNT", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS",
)  # fmt: skip


def base(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a workload inherits: the search path, the language, and what package installs need behind a mirror."""
    return {name: value for name, value in environ.items() if _is_allowed(name)}


def threads(profile: Profile) -> dict[str, str]:
    """The variables that make numeric libraries keep to the profile's processors."""
    count = str(max(1, round(profile.cpu)))
    return dict.fromkeys(_THREADS, count)


def installers(cache: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What lets pip and uv find the user's own configuration from a workload, whose HOME is its project.

    `cache` is a folder for what they download, so that it does not fill the project.
    """
    found = {
        "PIP_CACHE_DIR": str(cache / "pip"),
        "UV_CACHE_DIR": str(cache / "uv"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    home = Path(environ.get("HOME") or Path.home())
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    places = {
        "PIP_CONFIG_FILE": (config / "pip" / "pip.conf", home / ".pip" / "pip.conf"),
        "UV_CONFIG_FILE": (config / "uv" / "uv.toml",),
    }
    for name, candidates in places.items():
        if (file := next((path for path in candidates if path.is_file()), None)) is not None:
            found[name] = str(file)
    return found | {name: value for name, value in base(environ).items() if name in found}


def _is_allowed(name: str) -> bool:
    if name in _DENIED:
        return False
    return name.upper() in _ALLOWED or name.startswith(_ALLOWED_PREFIXES)
