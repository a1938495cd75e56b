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


class UnknownTemplate(errors.Invalid):
    """There is no project template of this name."""


class BadGitUrl(errors.Invalid):
    """A Git address looks like https://host/path, ssh://user@host/path or git@host:path."""


class BadGitRef(errors.Invalid):
    """A Git ref is the name of a branch or a tag, or a commit."""


class BadSshKey(errors.Invalid):
    """An SSH key is the text of a private key without a passphrase, beginning with -----BEGIN … PRIVATE KEY-----."""


class BadLocalPath(errors.Invalid):
    """A local path is the absolute path of a folder on the platform's machine."""


class SeveralSources(errors.Invalid):
    """A project's files come from one place: a template, a Git address, a local path or another project."""


class BadVisibility(errors.Invalid):
    """A project's visibility is private, public or organization."""


class BadOrganizationPermission(errors.Invalid):
    """What the organization may do in a project is read, operator or write."""


class BadPermission(errors.Invalid):
    """A collaborator's permission is read, operator, write or admin."""


class BadEnvironment(errors.Invalid):
    """Environment variables are a JSON object of texts; names are letters, digits and `_`, values have no NUL, and all of it has at most 128 KiB."""  # noqa: E501 - the docstring is the message


class BadSharedMemory(errors.Invalid):
    """The shared memory limit is a number of MiB from 0 to 1048576."""


class BadDescription(errors.Invalid):
    """A description has at most 65,536 characters."""


class LastProjectAdmin(errors.Conflict):
    """The last Admin of a project stays one: make somebody else Admin first."""


class NoCollaborator(errors.NotFound):
    """This user is no collaborator of the project."""


class NotCreated(errors.Conflict):
    """The project's files are not there: its creation goes on or has failed."""


class NotFailed(errors.Conflict):
    """The project's files are there or on their way: only a creation that failed is tried again."""


class CloneFailed(errors.CuveeError):
    """The repository could not be cloned."""


class FileNotFound(errors.NotFound):
    """There is no such file in the project."""


class FileExists(errors.AlreadyExists):
    """There is a file or folder of this name already."""


class NotAFile(errors.Invalid):
    """This is no plain file: folders, pipes and devices cannot be read or written as one."""


class NotAFolder(errors.Invalid):
    """A part of the path is a file, not a folder."""


class RootStays(errors.Invalid):
    """The project's folder itself can be neither moved nor deleted nor written: name something in it."""


class IntoItself(errors.Invalid):
    """A folder cannot be moved into itself."""


class NoUpload(errors.Invalid):
    """An upload is a multipart form whose field names are the files' paths in the project."""


class UploadTooLarge(errors.TooLarge):
    """The upload is larger than the platform takes: see CUVEE_MAX_UPLOAD_MB."""


class QuotaExceeded(errors.TooLarge):
    """The project's folder would become larger than it may: see CUVEE_PROJECT_QUOTA_MB."""
