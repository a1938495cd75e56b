"""What can go wrong with the schema."""

from cuvee.core import errors


class NewerDatabase(errors.Misconfigured):
    """The database was written by a newer version of Cuvée: upgrade the package, or restore a back-up."""


class SchemaDiffers(errors.Misconfigured):
    """The database's tables are not those that this version expects."""
