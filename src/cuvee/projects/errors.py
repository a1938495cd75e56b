"""What can go wrong with projects and their files."""

from cuvee.core import errors


class ProjectNotFound(errors.NotFound):
    """No project that you may see has this id or name."""


class ProjectExists(errors.AlreadyExists):
    """A project of this name exists already; names that differ only in case, or in `-` for a space, count as one."""


class BadProjectName(errors.Invalid):
    """A project's name has 1 to 63 letters (A to Z), digits and `._-`, single spaces between words, and begins with a letter or digit."""  # noqa: E501 - the docstring is the message


class DefaultProjectStays(errors.Conflict):
    """The project `default` is where requests without a project go: it can be neither renamed nor deleted."""
