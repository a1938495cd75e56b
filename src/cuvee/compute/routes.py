"""API v2's door to resource profiles."""

from litestar import get

from cuvee.api.builder import scope
from cuvee.compute import messages, profiles


@get("/api/v2/profiles", opt=scope("runtimes:read"))
async def list_profiles() -> messages.ListProfilesResponse:
    """Which resource profiles are offered. An extension: CML shows them in its pages only."""
    return messages.ListProfilesResponse(
        profiles=[
            messages.ResourceProfile(
                cpu=profile.cpu,
                memory=profile.memory,
                nvidia_gpu=0,
                description=profile.description,
                available=profiles.fits(profile),
            )
            for profile in profiles.PROFILES
        ]
    )
