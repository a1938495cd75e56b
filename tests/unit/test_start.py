"""What a start may cost."""

import subprocess
import sys


def test_alembic_is_imported_only_when_there_is_something_to_migrate():
    program = "import sys, cuvee.app; assert not [name for name in sys.modules if name.partition('.')[0] == 'alembic']"

    subprocess.run([sys.executable, "-c", program], check=True)
