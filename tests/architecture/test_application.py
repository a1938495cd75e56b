"""The rooms fit together: a platform can be put together from them."""

from pathlib import Path

from cuvee import app
from cuvee.core.settings import Settings


def test_a_platform_can_be_put_together(tmp_path: Path):
    with app.opened(Settings(home=tmp_path, port=0)) as platform:
        assert platform.connection.url.startswith("http://127.0.0.1:")
