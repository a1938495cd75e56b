"""The add-ons of a runtime: what a workload gets besides its runtime, when it asks for it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cuvee.runtimes import errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Jar:
    """A Java library by its Maven coordinates, and the one content that counts as it."""

    group: str
    artifact: str
    version: str
    #: Of the file, in hexadecimal digits. Whoever offers another content under this name is not believed.
    sha512: str

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> str:
        """Where it is in a Maven repository."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.name}"

    @property
    def coordinates(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addon:
    """Something that runtimes can have besides: packages, and the Java libraries that belong to them."""

    identifier: str
    component: str
    #: As people say it, such as `4.0`.
    version: str
    display_name: str
    #: What its environment holds besides a base environment's packages.
    requirements: tuple[str, ...]
    jars: tuple[Jar, ...]
    #: The oldest and the newest Java that it runs on.
    java: tuple[int, int]


#: The newest first: the first is what *Enable Spark* means without a version.
ADDONS: Final = (
    Addon(
        identifier="spark-4.0",
        component="Spark",
        version="4.0",
        display_name="Spark 4.0 with Iceberg 1.10",
        requirements=("pyspark==4.0.3", "pandas<3"),
        jars=(
            Jar(
                group="org.apache.iceberg",
                artifact="iceberg-spark-runtime-4.0_2.13",
                version="1.10.2",
                sha512="f11cb795db7fdb977700bcd2d688b3f1480b726c659ff6853833425044223613"
                "c3ada96e74f9b67394a91d39f658e51233facea88bd98f4b2b957f92bedf5746",
            ),
        ),
        java=(17, 23),
    ),
    Addon(
        identifier="spark-3.5",
        component="Spark",
        version="3.5",
        display_name="Spark 3.5 with Iceberg 1.10",
        # It was made before pandas 3 and Python 3.12: it imports distutils, which setuptools still has.
        requirements=("pyspark==3.5.9", "pandas<3", "setuptools<81"),
        jars=(
            Jar(
                group="org.apache.iceberg",
                artifact="iceberg-spark-runtime-3.5_2.12",
                version="1.10.2",
                sha512="0153eadc5ee2e052064e272e453adeeccd9d2acbd6f0338e176f69e5f44886e5"
                "59aff47145019324a4f34f488216861c71c4bfe8ae3e57f1bc7992ddc2b9c67d",
            ),
        ),
        java=(17, 23),
    ),
)


_PYSPARK: Final = re.compile(r"pyspark(?:\[[\w, -]*\])?\s*(?:[=~]=\s*(\d+)\b.*|[^\w.-].*)?", re.IGNORECASE)


def find(identifier: str) -> Addon:
    """An add-on by its identifier.

    Raises:
        AddonNotFound: when there is none; the message names those there are.

    """
    for addon in ADDONS:
        if addon.identifier == identifier:
            return addon
    known = ", ".join(addon.identifier for addon in ADDONS)
    raise errors.AddonNotFound(f"There is no add-on {identifier[:80]!r}: there are {known}.")


def chosen(identifiers: Sequence[str]) -> Addon | None:
    """The Spark among what a workload asks for; None when it asks for nothing.

    Raises:
        AddonNotFound: when one is not there.
        TwoSparks: when there is more than one.

    """
    found = {identifier: find(identifier) for identifier in identifiers}
    if len(found) > 1:
        raise errors.TwoSparks
    return next(iter(found.values()), None)


def asked_by(requirements: Iterable[str]) -> Addon | None:
    """The Spark that packages ask for: of pyspark's major version, or the newest; None when they do not name it."""
    named = next((found for line in requirements if (found := _PYSPARK.fullmatch(line.strip()))), None)
    if named is None:
        return None
    fitting = (addon for addon in ADDONS if addon.version.partition(".")[0] == named[1])
    return next(fitting, ADDONS[0])


def names(identifiers: Sequence[str]) -> tuple[str, ...]:
    """How people call add-ons; one that this release does not have keeps its identifier."""
    known = {addon.identifier: f"{addon.component} {addon.version}" for addon in ADDONS}
    return tuple(known.get(identifier, identifier) for identifier in identifiers)
