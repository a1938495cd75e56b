"""`python -m cuvee_runtime.kernel FOLDER`: make FOLDER an IPYTHONDIR whose kernels load this extension."""

import sys
from pathlib import Path

_CONFIG = """\
c = get_config()
c.IPKernelApp.extra_extensions = ["cuvee_runtime.kernel"]
"""

if __name__ == "__main__":
    profile = Path(sys.argv[1]) / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(_CONFIG)
