"""A real IPython kernel, started as a session starts it."""

import os
import subprocess
import sys
from dataclasses import dataclass, field

import pytest
from jupyter_client.manager import KernelManager


@dataclass
class Outcome:
    """What one execution said."""

    status: str
    text: str = ""
    errors: list[str] = field(default_factory=list)
    data: list[dict[str, str]] = field(default_factory=list)


class Kernel:
    """One kernel and a client of it."""

    def __init__(self, client):
        self.client = client

    def run(self, code):
        """Execute, and collect everything until the kernel is idle again."""
        outcome = Outcome(status="")
        reply = self.client.execute_interactive(code, timeout=60, output_hook=lambda message: collect(outcome, message))
        outcome.status = reply["content"]["status"]
        return outcome


def collect(outcome, message):
    content = message["content"]
    if message["msg_type"] == "stream":
        outcome.text += content["text"]
    elif message["msg_type"] == "error":
        outcome.errors.append(f"{content['ename']}: {content['evalue']}\n" + "\n".join(content["traceback"]))
    elif "data" in content:
        outcome.data.append(content["data"])


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def kernel(project, tmp_path_factory):
    ipython = tmp_path_factory.mktemp("ipython")
    subprocess.run([sys.executable, "-m", "cuvee_runtime.kernel", ipython], check=True)
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(project), env={**os.environ, "IPYTHONDIR": str(ipython), "CDSW_ENGINE_ID": "engine1"})
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield Kernel(client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.context.destroy(linger=0)


@pytest.fixture
def run_file(kernel, project):
    """Write a file of the project and run it."""

    def run(text, name="script.py", call='run_file("{}")'):
        (project / name).write_text(text)
        return kernel.run(call.format(name))

    return run


def test_a_file_runs_with_shell_commands_and_magics(run_file):
    outcome = run_file("!echo from the shell\n%env GRAPE=riesling\nimport os\nprint(os.environ['GRAPE'])\n")

    assert outcome.status == "ok"
    assert "from the shell" in outcome.text
    assert "riesling\n" in outcome.text


def test_a_file_knows_its_name_and_its_arguments(run_file, project):
    outcome = run_file(
        "import sys\nprint(__file__, sys.argv, __name__)", "has space.py", "%run_file '{}' one 'two words'"
    )

    path = str(project / "has space.py")
    assert outcome.text == f"{path} {[path, 'one', 'two words']} __main__\n"


def test_after_a_file_the_kernel_is_as_before(kernel, run_file):
    run_file("here = __file__")

    assert kernel.run("import sys; print(sys.argv, '__file__' in globals())").text == "[''] False\n"


def test_files_of_one_session_share_what_they_define(run_file):
    run_file("grapes = 3", "first.py")

    assert run_file("print(grapes + 1)", "second.py").text == "4\n"


def test_the_value_of_the_last_line_is_shown(run_file):
    assert run_file("1 + 1\n'a' * 3\n").data == [{"text/plain": "'aaa'"}]


@pytest.mark.parametrize("code", ["", "0", "None"])
def test_leaving_with_success_is_a_success(run_file, code):
    outcome = run_file(f"import sys\nprint('done')\nsys.exit({code})\nprint('never')")

    assert (outcome.status, outcome.text) == ("ok", "done\n")


@pytest.mark.parametrize("code", ["1", "'bad'"])
def test_leaving_with_another_code_is_a_failure(run_file, code):
    outcome = run_file(f"import sys; sys.exit({code})")

    assert outcome.status == "error"
    assert "script.py ended with exit code" in outcome.errors[0]


def test_an_error_names_the_file_and_the_line_once(run_file):
    outcome = run_file("x = 1\n\n1 / 0  # here\n", "broken.py")

    assert outcome.status == "error"
    assert len(outcome.errors) == 1
    assert "broken.py" in outcome.errors[0]
    assert "# here" in outcome.errors[0]
    assert "scripts.py" not in outcome.errors[0]


def test_a_syntax_error_names_the_file(run_file):
    outcome = run_file("x = (\n", "unclosed.py")

    assert outcome.status == "error"
    assert "unclosed.py" in outcome.errors[0]


def test_modules_beside_the_working_directory_can_be_imported(run_file, project):
    (project / "cellar.py").write_text("BOTTLES = 12\n")

    assert run_file("import cellar; print(cellar.BOTTLES)").text == "12\n"


def test_pictures_appear_inline(run_file):
    outcome = run_file("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n")

    assert any("image/png" in data for data in outcome.data)


def test_a_run_of_a_session_says_which_file_started_it(run_file):
    text = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from mlflow.tracking.context.registry import resolve_tags\n"
        "tags = resolve_tags()\n"
        "print(tags['mlflow.source.name'], tags['engineID'], tags['cuvee.session.id'])"
    )
    run_file("", "code.py")

    assert run_file(text, "train.py").text.splitlines()[-1] == "train.py engine1 engine1"
    assert run_file(text, "cell.py", text).text.splitlines()[-1] == "ipython3 engine1 engine1"
