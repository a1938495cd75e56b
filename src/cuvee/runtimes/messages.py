"""Runtimes as API v2 writes them."""

from msgspec import Struct


class Runtime(Struct):
    image_identifier: str
    editor: str
    kernel: str
    edition: str
    description: str
    full_version: str
    status: str
    register_user_id: int
    #: Extensions: how far its base environment has come (absent, building, ready, failed), and more about that.
    environment_status: str
    environment_message: str


class ListRuntimesResponse(Struct):
    runtimes: list[Runtime]
    next_page_token: str


class RuntimeAddon(Struct):
    identifier: str
    component: str
    display_name: str
    status: str
    manageable: bool
    created_at: str
    id: int
    reason: str


class ListRuntimeAddonsResponse(Struct):
    runtime_addons: list[RuntimeAddon]
    next_page_token: str
