"""Models from code: a function of a project's file, called with the request as one dict."""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cuvee_runtime.scoring.errors import CannotLoad
from cuvee_runtime.scoring.values import Field, Form, Prepared


class FunctionServable:
    """One function, one dict in, anything that has JSON out."""

    platform = "python"
    inputs: Sequence[Field] = ()
    outputs: Sequence[Field] = ()

    def __init__(self, function: Callable[[dict[str, Any]], Any]) -> None:
        self._function = function

    def prepare(self, form: Form) -> Prepared:
        return Prepared(value=dict(form.body))

    def predict(self, prepared: Prepared) -> Any:
        return self._function(prepared.value)

    def join(self, waiting: Sequence[Prepared]) -> Prepared:
        """Never asked for: what this prepares has no key."""
        return waiting[0]


def load(path: str, name: str) -> FunctionServable:
    """The function of a file, whose folder and the working directory can be imported from. Raises CannotLoad."""
    file = Path(path).absolute()
    module_name = file.stem if file.stem not in sys.modules else f"cuvee_model_{file.stem}"
    spec = importlib.util.spec_from_file_location(module_name, file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise CannotLoad(f"There is no Python file {path}.")
    sys.path[:0] = [str(file.parent), str(Path.cwd())]
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise CannotLoad(f"{path} has no function {name!r}.")
    if inspect.iscoroutinefunction(function):
        raise CannotLoad(f"{name!r} in {path} is asynchronous; a model is a plain function.")
    return FunctionServable(function)
