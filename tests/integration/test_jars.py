"""Java libraries out of a Maven repository, and the Java that runs them."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cuvee.runtimes import errors, java
from cuvee.runtimes.addons import Jar
from cuvee.runtimes.jars import Jars

CONTENT = b"a library" * 1000
JAR = Jar(group="org.example", artifact="lib", version="1.0", sha512=hashlib.sha512(CONTENT).hexdigest())


class Repository(SimpleHTTPRequestHandler):
    """Files of a folder; it keeps who asked for what."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def repository(tmp_path: Path, asked: list[str]) -> Iterator[str]:
    """The address of a Maven repository that holds the jar."""
    place = tmp_path / "maven" / JAR.path
    place.parent.mkdir(parents=True)
    place.write_bytes(CONTENT)
    handler = type("Handler", (Repository,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(tmp_path / "maven"))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_a_jar_is_downloaded_once_for_all_who_ask(repository: str, tmp_path: Path, asked: list[str]):
    caches = [Jars(tmp_path / "cache", repository=repository) for _ in range(4)]
    found = await asyncio.gather(*(cache.get([JAR]) for cache in caches))

    assert len(set(found)) == 1
    assert found[0][0].read_bytes() == CONTENT
    assert asked == [f"/{JAR.path}"]


async def test_another_content_under_its_name_is_not_used(repository: str, tmp_path: Path):
    (tmp_path / "maven" / JAR.path).write_bytes(b"something else")
    jars = Jars(tmp_path / "cache", repository=repository)
    with pytest.raises(errors.JarMissing, match="not the file that was published"):
        await jars.get([JAR])

    assert jars.find(JAR) is None


async def test_half_a_download_is_not_taken_for_the_whole_and_goes_away(repository: str, tmp_path: Path):
    killed = tmp_path / "cache" / JAR.sha512[:16] / ".draft-killed"
    killed.mkdir(parents=True)
    (killed / JAR.name).write_bytes(CONTENT[:100])
    jars = Jars(tmp_path / "cache", repository=repository)

    assert jars.find(JAR) is None
    assert (await jars.get([JAR]))[0].read_bytes() == CONTENT
    assert not killed.exists()


@pytest.mark.parametrize("path", ["", "/not-there"])
async def test_a_repository_that_cannot_help_says_what_to_do(repository: str, tmp_path: Path, path: str):
    place = repository + path if path else "http://127.0.0.1:9"
    with pytest.raises(errors.JarMissing, match=r"org\.example:lib:1\.0 .* CUVEE_MAVEN_URL .* CUVEE_JARS"):
        await Jars(tmp_path / "cache", repository=place).get([JAR])


async def test_a_folder_is_enough_without_a_network(tmp_path: Path):
    jars = Jars(tmp_path / "cache", repository="http://127.0.0.1:9", offline=tmp_path)
    with pytest.raises(errors.JarMissing, match=r"lib-1\.0\.jar is not in the folder CUVEE_JARS"):
        await jars.get([JAR])

    (tmp_path / JAR.name).write_bytes(CONTENT)
    assert await jars.get([JAR]) == (tmp_path / JAR.name,)


def java_home(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "java").touch()
    (folder / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return folder


def test_the_java_that_fits_is_found_among_others(tmp_path: Path):
    old = java_home(tmp_path / "jvm" / "a", "1.8.0_402")
    fits = java_home(tmp_path / "jvm" / "b", "17.0.15")
    java_home(tmp_path / "jvm" / "c", "25.0.1")
    found = java.find(17, 23, environ={"JAVA_HOME": str(old)}, places=[str(tmp_path / "jvm")])

    assert (found.home, found.version) == (fits, 17)


def test_without_a_java_that_fits_it_says_which_there_are_and_what_to_do(tmp_path: Path):
    java_home(tmp_path / "jvm" / "c", "25.0.1")
    with pytest.raises(errors.NoJava, match=r"Java 17 to 23, and this machine has Java 25 only: install one"):
        java.find(17, 23, environ={}, places=[str(tmp_path / "jvm")])
    with pytest.raises(errors.NoJava, match="this machine has none"):
        java.find(17, 23, environ={}, places=[])
