"""How the tracking room joins the house."""

from cuvee.api.builder import Room
from cuvee.projects.events import Farewells
from cuvee.tracking import service


def install(farewells: Farewells) -> Room:
    """Its doors are elsewhere (mlflow_api, API v2); what a deleted project tracked is forgotten with it."""
    farewells.within.append(service.forget_project)
    return Room()
