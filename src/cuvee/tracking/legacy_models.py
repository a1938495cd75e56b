"""Models as clients of MLflow 2 log them: descriptions in a tag of the run, where such clients look for them again."""

import json
from collections.abc import Mapping
from typing import Any, Final

from cuvee.api.callers import Caller
from cuvee.db.session import Writing
from cuvee.tracking import errors, limits, service
from cuvee.tracking.store import runs
from cuvee.tracking.values import Tag

_LOGGED_MODELS: Final = "mlflow.log-model.history"
_MODEL_FIELDS: Final = ("run_id", "artifact_path", "utc_time_created", "model_uuid", "flavors")


def log_model(connection: Writing, caller: Caller, run_id: str, model_json: str) -> None:
    """Note a model that a client of MLflow 2 saved, in the tag where such clients look for it.

    Raises:
        MalformedModel: when the description is no JSON object with the fields of one.

    """
    model = _model(model_json)
    service.changing_run(connection, caller, run_id)
    known = runs.get_tag(connection, run_id, _LOGGED_MODELS)
    history = [*json.loads(known or "[]"), {name: model[name] for name in _MODEL_FIELDS if name in model}]
    tag = limits.run_tag(Tag(_LOGGED_MODELS, json.dumps(history)))
    runs.set_tags(connection, run_id, [tag])


def _model(text: str) -> Mapping[str, Any]:
    try:
        model = json.loads(text)
    except (ValueError, RecursionError):
        raise errors.MalformedModel(f"Malformed model info. \n {text} \n is not a valid JSON.") from None
    needed = {"artifact_path", "flavors", "utc_time_created", "run_id"}
    missing = needed - set(model) if isinstance(model, dict) else needed
    if missing:
        raise errors.MalformedModel(f"Model json is missing mandatory fields: {missing}")
    return dict(model)
