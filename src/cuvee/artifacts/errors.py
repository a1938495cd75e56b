"""What can go wrong with artifacts."""

from cuvee.core import errors
from cuvee.core.paths import RelativePath


class NoSuchArtifact(errors.NotFound):
    """There is no such artifact."""

    def __init__(self, path: RelativePath) -> None:
        super().__init__(f"No such artifact: '{path}'")


class IsFolder(errors.Invalid):
    """The path names a folder, not a file."""

    def __init__(self, path: RelativePath) -> None:
        super().__init__(f"Artifact path refers to a directory, not a file: '{path}'")


class NotAFile(errors.Invalid):
    """The path names something that is neither a file nor a folder: links, pipes and devices are not touched."""


class InTheWay(errors.Invalid):
    """A file stands where the path needs a folder."""


class RootStays(errors.Invalid):
    """The path names the root of all artifacts: name a file or a folder in it."""


class ReservedName(errors.Invalid):
    """This name is used by the platform itself: choose another."""


class FileTooLarge(errors.TooLarge):
    """The file is larger than this platform takes: see CUVEE_MAX_ARTIFACT_MB."""


class NoSuchUpload(errors.NotFound):
    """There is no such multipart upload: it was completed, aborted or never begun."""


class TooManyUploads(errors.Busy):
    """Too many multipart uploads are open: complete or abort some first."""


class BadPartNumber(errors.Invalid):
    """A part's number is a whole number from 1 to 10000."""


class BadParts(errors.Invalid):
    """The parts are not those that were uploaded: name each once, with its ETag, in the order of the file."""


class RangeNotSatisfiable(errors.CuveeError):
    """The range lies outside the file."""

    status, code = 416, "INVALID_PARAMETER_VALUE"
