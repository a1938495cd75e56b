"""Profiles as API v2 writes them (an extension in its style)."""

from msgspec import Struct


class ResourceProfile(Struct):
    cpu: float
    #: GiB.
    memory: float
    nvidia_gpu: int
    description: str
    #: Whether this machine has that much.
    available: bool


class ListProfilesResponse(Struct):
    profiles: list[ResourceProfile]
    next_page_token: str = ""
