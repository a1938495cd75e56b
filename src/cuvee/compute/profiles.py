"""Which resource profiles are offered, and whether a wish can be met."""

from functools import cache
from typing import Final

import psutil

from cuvee.compute import errors
from cuvee.compute.values import GIB, Profile

#: What the pages and the command line offer; the API takes any that fits.
PROFILES: Final = tuple(
    Profile(cpu=cpu, memory=memory)
    for cpu, memory in ((1, 2), (1, 4), (2, 4), (2, 8), (4, 8), (4, 16), (8, 16), (8, 32), (16, 64))
)
_LEAST_MEMORY: Final = 0.1


@cache
def machine() -> Profile:
    """All of this machine."""
    return Profile(cpu=psutil.cpu_count() or 1, memory=round(psutil.virtual_memory().total / GIB, 1))


def fits(profile: Profile) -> bool:
    """Whether this machine could ever give that much."""
    return profile.cpu <= machine().cpu and profile.memory <= machine().memory


def profile(cpu: float, memory: float) -> Profile:
    """A profile as a caller wishes it; zeros mean the smallest on offer.

    Raises:
        BadProfile: when no workload can have it here. A wish that cannot be met is refused, not left to wait.

    """
    chosen = Profile(cpu=cpu or PROFILES[0].cpu, memory=memory or PROFILES[0].memory)
    if not (chosen.cpu > 0 and chosen.memory >= _LEAST_MEMORY):
        raise errors.BadProfile
    if not fits(chosen):
        raise errors.BadProfile(f"{chosen.description} is more than this machine has: {machine().description}.")
    return chosen
