"""Both stores that come with the platform keep the seam's contract."""

from pathlib import Path

import pytest

from cuvee.artifacts.blobs import Store
from cuvee.artifacts.local import LocalStore
from cuvee.artifacts.values import Limits
from cuvee.testing.artifacts import BlobsContract, MultipartContract, ResumableContract
from cuvee.testing.blobs import MemoryStore

SMALL = Limits(largest=1000, open_uploads=3)


class TestLocalStore(BlobsContract, MultipartContract, ResumableContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return LocalStore(tmp_path / "root")

    @pytest.fixture
    def small_store(self, tmp_path: Path) -> Store:
        return LocalStore(tmp_path / "root", SMALL)


class TestMemoryStore(BlobsContract, MultipartContract, ResumableContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()

    @pytest.fixture
    def small_store(self) -> Store:
        return MemoryStore(SMALL)
