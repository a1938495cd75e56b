"""What a start may cost."""

import json
import subprocess
import sys
from pathlib import Path

#: What user code imports, and what only some starts or some requests need.
NOT_AT_START = {
    "aiohttp", "alembic", "boto3", "cryptography", "lightgbm", "markdown_it", "matplotlib", "mlflow", "numpy",
    "obstore", "pandas", "polars", "psycopg", "pyarrow", "pydantic", "pyiceberg", "pyspark", "ray", "scipy", "sklearn",
    "torch", "xgboost",
}  # fmt: skip
#: 1,254 when this was written; a new library shows here before anybody feels it.
MOST_MODULES = 1_275


def modules_after(program: str, *arguments: str) -> list[str]:
    """What a process of its own has imported after the program."""
    told = "import json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{told}", *arguments], check=True, capture_output=True, text=True
    )
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


#: A platform on an empty home, and its first request.
FIRST_ANSWER = """
import asyncio, sys
from pathlib import Path
import cuvee.cli.up
from cuvee import app
from cuvee.core import settings

async def answered(asgi):
    sent = []
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        sent.append(message)
    await asgi({"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/health",
        "raw_path": b"/health", "query_string": b"", "root_path": "", "scheme": "http", "state": {},
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}, receive, send)
    assert sent[0]["status"] == 200, sent

with app.opened(settings.read(home=Path(sys.argv[1]), host="127.0.0.1", port=0, auth="token", environ={})) as platform:
    asyncio.run(answered(platform.asgi))
"""


def test_a_platform_answers_without_what_only_some_need(tmp_path: Path):
    found = modules_after(FIRST_ANSWER, str(tmp_path))

    assert NOT_AT_START.isdisjoint(name.partition(".")[0] for name in found)
    assert "sqlalchemy.dialects.postgresql" not in found
    assert len(found) <= MOST_MODULES
