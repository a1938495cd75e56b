"""Logs metrics to a running platform as fast as it takes them, and says how fast that was.

    python tests/tools/ingest_load.py URL KEY metric|batch [clients] [seconds]

Requests are written by hand on plain sockets: the load must cost less than what it measures.
"""

import asyncio
import json
import sys
import time
import urllib.request
from urllib.parse import urlsplit


def call(url: str, key: str, path: str, **body: object) -> dict:
    request = urllib.request.Request(
        f"{url}/api/2.0/mlflow/{path}",
        json.dumps(body).encode(),
        {"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


async def client(address: tuple[str, int], head: str, bodies: list[bytes], until: float) -> tuple[int, list[float]]:
    reader, writer = await asyncio.open_connection(*address)
    done, waits = 0, []
    while time.perf_counter() < until:
        body = bodies[done % len(bodies)] if len(bodies) > 1 else bodies[0]
        body = body.replace(b'"@"', str(done).encode())
        begun = time.perf_counter()
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        waits.append(time.perf_counter() - begun)
        done += 1
    writer.close()
    return done, waits


async def main(url: str, key: str, kind: str, clients: int, seconds: float) -> None:
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    experiment = call(url, key, "experiments/create", name=f"load-{time.time_ns()}")["experiment_id"]
    path = "log-metric" if kind == "metric" else "log-batch"
    head = (
        f"POST /api/2.0/mlflow/runs/{path} HTTP/1.1\r\nhost: {parts.netloc}\r\nauthorization: Bearer {key}\r\n"
        "content-type: application/json\r\n"
    )
    jobs = []
    until = time.perf_counter() + seconds
    for _ in range(clients):
        run_id = call(url, key, "runs/create", experiment_id=experiment)["run"]["info"]["run_id"]
        if kind == "metric":
            message = {
                "run_uuid": run_id,
                "run_id": run_id,
                "key": "loss",
                "value": 0.123456,
                "timestamp": 1700000000000,
            }
            body = json.dumps({**message, "step": "@"})
        else:
            points = [
                {"key": f"key-{at % 10}", "value": at * 0.5, "timestamp": 1700000000000 + at, "step": "@"}
                for at in range(1000)
            ]
            body = json.dumps({"run_id": run_id, "metrics": points, "params": [], "tags": []})
        jobs.append(client(address, head, [body.encode()], until))
    begun = time.perf_counter()
    results = await asyncio.gather(*jobs)
    took = time.perf_counter() - begun
    done = sum(count for count, _ in results)
    waits = sorted(wait for _, some in results for wait in some)
    per = 1 if kind == "metric" else 1000
    print(  # noqa: T201 - it is what the program is for
        f"{kind}: {clients} clients, {done / took:,.0f} requests/s, {done * per / took:,.0f} points/s, "
        f"p50 {waits[len(waits) // 2] * 1e3:.1f} ms, p99 {waits[int(len(waits) * 0.99)] * 1e3:.1f} ms"
    )


if __name__ == "__main__":
    _, url, key, kind, *rest = sys.argv
    clients = int(rest[0]) if rest else (32 if kind == "metric" else 8)
    asyncio.run(main(url, key, kind, clients, float(rest[1]) if len(rest) > 1 else 5))
