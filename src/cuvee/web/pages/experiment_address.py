"""What the address of an experiment's page says: which runs, sorted how, in which columns. Others see the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from cuvee.tracking import windows
from cuvee.tracking.conditions import Column, Entity
from cuvee.tracking.values import Keys, View

VIEWS: Final = ("table", "chart", "artifacts")
SHOWS: Final = {"active": View.ACTIVE_ONLY, "deleted": View.DELETED_ONLY, "all": View.ALL}
#: What every row begins with, and may be sorted by → the attribute of runs.
FIXED: Final = {"name": "run_name", "created": "start_time", "duration": "duration", "status": "status"}
#: Columns that are neither parameter, metric nor tag → their titles.
EXTRAS: Final = {"user": "User", "models": "Models", "id": "Run id"}
#: Tags that have a title of their own.
TITLES: Final = {
    "mlflow.source.name": "Source",
    "mlflow.source.git.commit": "Version",
    "mlflow.source.type": "Source type",
    "mlflow.parentRunId": "Parent",
    "mlflow.note.content": "Notes",
}
#: Metrics and parameters that are shown when nobody chose columns.
_SOME: Final = 4
_LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A column that is shown beside the fixed ones."""

    #: As the address has it: `metrics.rmse`, `user`.
    name: str
    title: str
    #: `metrics`, `params`, `tags`, or `extra`.
    kind: str
    #: What it is to the table of runs; None for an extra one.
    column: Column | None = None

    @property
    def is_sortable(self) -> bool:
        return self.name != "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address asks for; what it does not know is as if it was not said."""

    path: str
    view: str = "table"
    filter: str = ""
    sort: str = "-created"
    show: str = "active"
    #: As written; empty for the usual ones.
    columns: str = ""
    #: A parameter by which runs are put together, and the metric that is told of each group.
    group: str = ""
    by: str = ""
    page: int = 1
    #: What else stands in the address, such as what a chart shows.
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> View:
        return SHOWS[self.show]

    @property
    def parent(self) -> str | None:
        """Children are folded under their parents, but a filter looks at every run."""
        return None if self.filter.strip() else ""

    @property
    def order_by(self) -> list[str]:
        """The sort in the words of the search; nothing for what cannot be sorted by."""
        name, direction = self.sort.removeprefix("-"), "DESC" if self.sort.startswith("-") else "ASC"
        extras = {"user": "user_id", "id": "run_id"}
        if attribute := {**FIXED, **extras}.get(name):
            return [f"{attribute} {direction}"]
        column = windows.column(name)
        return [f"{_KINDS[column.entity]}.`{column.key}` {direction}"] if column and "`" not in column.key else []

    def shown(self, keys: Keys) -> list[Shown]:
        """The columns to show: those the address names, or a handful that exist."""
        names = [name for name in self.columns.split(",") if name] if self.columns else usual(keys)
        found = {name: each for name in names if (each := shown(name))}
        return list(found.values())[: windows.MOST_COLUMNS]

    def url(self, **changes: str | int) -> str:
        """The address of the same page, with changes; at the table's beginning unless said."""
        values: dict[str, str | int] = {**self.others, **self._said(), "page": 1, **changes}
        said = {name: value for name, value in values.items() if value and str(value) != _DEFAULTS.get(name)}
        return self.path + (f"?{urlencode(said)}" if said else "")

    def query(self) -> str:
        """What a download of the same runs asks for."""
        said = {name: value for name, value in self._said().items() if name in {"filter", "show"} and value}
        return urlencode(said)

    def _said(self) -> dict[str, str]:
        return {
            "view": self.view,
            "filter": self.filter,
            "sort": self.sort,
            "show": self.show,
            "columns": self.columns,
            "group": self.group,
            "by": self.by,
        }


_DEFAULTS: Final = {"view": "table", "sort": "-created", "show": "active", "page": "1"}
_KINDS: Final = {Entity.METRIC: "metrics", Entity.PARAM: "params", Entity.TAG: "tags"}


def wanted(path: str, said: Mapping[str, str]) -> Wanted:
    """Read an address."""
    view, sort, show, page = (said.get(name, "") for name in ("view", "sort", "show", "page"))
    others = {name: said[name][:_LONGEST] for name in ("metrics", "across", "up", "artifact") if said.get(name)}
    found = Wanted(
        path=path,
        view=view if view in VIEWS else "table",
        filter=said.get("filter", "").replace("\0", "")[:_LONGEST],
        sort=sort or _DEFAULTS["sort"],
        show=show if show in SHOWS else "active",
        columns=said.get("columns", "")[:_LONGEST],
        group=said.get("group", "").removeprefix("params.").replace("\0", ""),
        by=said.get("by", "").removeprefix("metrics.").replace("\0", ""),
        page=int(page) if page.isascii() and page.isdigit() and 0 < int(page) < 10**9 else 1,
        others=others,
    )
    return found if found.order_by else wanted(path, {**said, "sort": _DEFAULTS["sort"]})


def shown(name: str) -> Shown | None:
    """A column by its name; None when there is none of that name."""
    if name in EXTRAS:
        return Shown(name=name, title=EXTRAS[name], kind="extra")
    column = windows.column(name)
    if column is None:
        return None
    return Shown(name=name, title=TITLES.get(column.key, column.key), kind=name.partition(".")[0], column=column)


def usual(keys: Keys) -> list[str]:
    """A handful of columns that exist: what most runs have."""
    own_metrics = [key for key in keys.metrics if not key.startswith("system/")]
    source = ["tags.mlflow.source.name"] if "mlflow.source.name" in keys.tags else []
    return [
        *(f"metrics.{key}" for key in own_metrics[:_SOME]),
        *(f"params.{key}" for key in keys.params[:_SOME]),
        "models",
        "user",
        *source,
    ]


def offered(keys: Keys) -> dict[str, Sequence[str]]:
    """Every column that a reader can pick, by kind."""
    hidden = ("mlflow.log-model.history", "mlflow.runName", "mlflow.user")
    return {
        "metrics": keys.metrics,
        "params": keys.params,
        "tags": [key for key in keys.tags if key not in hidden],
        "extra": list(EXTRAS),
    }
