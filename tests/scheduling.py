"""Which tests stay together when several processes share them."""

from xdist.scheduler import LoadScopeScheduling


class FileOnDatabase(LoadScopeScheduling):
    """A file's tests on one kind of database run in one process, so that what they share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, name = nodeid.partition("::")
        return f"{file} {'postgresql' if 'postgresql' in name else 'sqlite'}"
