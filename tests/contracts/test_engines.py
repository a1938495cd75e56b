"""Every engine keeps the contract."""

import sys
from pathlib import Path

import pytest

from cuvee.compute.engine import Engine
from cuvee.compute.local import LocalEngine
from cuvee.testing.engines import EngineContract, FakeEngine, Restart


class TestFakeEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> FakeEngine:
        return FakeEngine()

    @pytest.fixture
    def restarted(self) -> Restart:
        return lambda engine: FakeEngine(engine.world)

    def runs_on(self) -> tuple[str, ...]:
        return ("run",)

    def ends_with(self, code: int) -> tuple[str, ...]:
        return ("exit", str(code))


class TestLocalEngine(EngineContract):
    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        return LocalEngine(tmp_path / "workloads")

    @pytest.fixture
    def restarted(self, tmp_path: Path) -> Restart:
        return lambda _engine: LocalEngine(tmp_path / "workloads")

    def runs_on(self) -> tuple[str, ...]:
        return (sys.executable, "-c", "import signal; signal.pause()")

    def ends_with(self, code: int) -> tuple[str, ...]:
        return (sys.executable, "-c", f"raise SystemExit({code})")
