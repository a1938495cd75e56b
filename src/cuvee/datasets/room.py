"""How the datasets' room joins the house."""

from cuvee.api.builder import Room
from cuvee.datasets import evaluation, service, tables
from cuvee.projects.events import Farewells

__all__ = ["evaluation", "install", "tables"]


def install(farewells: Farewells) -> Room:
    """No routes of its own: the MLflow protocol's door serves datasets. A deleted project takes its datasets along."""
    farewells.within.append(service.forget_project)
    return Room()
