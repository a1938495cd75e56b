"""The machine that was measured on, as the report tells it."""

import os
import platform
import sqlite3
import statistics
import subprocess
import time
from pathlib import Path

import psutil

from benchmarks.environments import ROOT


def facts(scratch: Path) -> dict[str, str]:
    """What a reader needs to judge the figures."""
    return {
        "processor": f"{_model()}, {psutil.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "disk": f"{_filesystem(scratch)}, one synced 4 KiB write {_sync_milliseconds(scratch):.2f} ms",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def commit() -> str:
    """Which state of the repository was measured."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "not a checkout"


def busy(seconds: float = 1.0) -> float:
    """The share of the machine that other programs take right now, 0 to 1."""
    return psutil.cpu_percent(interval=seconds) / 100


def _model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _filesystem(path: Path) -> str:
    mounts = [part for part in psutil.disk_partitions(all=True) if path.is_relative_to(part.mountpoint)]
    return max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else "unknown"


def _sync_milliseconds(scratch: Path) -> float:
    """What a durable write costs here: the median of a hundred."""
    took = []
    with (scratch / "sync-probe").open("wb", buffering=0) as file:
        for _ in range(100):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000
