"""How the logged models' room joins the house."""

from cuvee.api.builder import Room
from cuvee.logged_models import service, tables
from cuvee.projects.events import Farewells

__all__ = ["install", "tables"]


def install(farewells: Farewells) -> Room:
    """No routes of its own: the MLflow protocol's door serves models. A deleted project takes its models along."""
    farewells.within.append(service.forget_project)
    return Room()
