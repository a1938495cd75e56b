"""The contract of an artifact store, as tests. A plug-in author subclasses them and supplies the fixture `store`.

    class TestMyStore(BlobsContract, MultipartContract, ResumableContract):
        @pytest.fixture
        def store(self): return MyStore(…)

        @pytest.fixture
        def small_store(self): return MyStore(…)    # takes files of 1000 bytes at the most

The tests are coroutines: run them with pytest-asyncio or anyio.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from cuvee.artifacts import errors
from cuvee.artifacts.blobs import Blobs, Multipart, Resumable, Store
from cuvee.artifacts.values import Part
from cuvee.core.ids import new_id
from cuvee.core.paths import RelativePath
from cuvee.core.resuming import NotTheRange, NotTheWhole, Range, StillArriving, TooManyArrivals
from cuvee.core.streaming import UploadBroken
from cuvee.testing.blobs import whole_of

FILE = RelativePath.parse("run/artifacts/model/data.bin")
FOLDER = FILE.parent


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    """A request's body as it comes."""
    for piece in pieces:
        yield piece


async def broken(*pieces: bytes) -> AsyncIterator[bytes]:
    """A body whose sender goes away."""
    for piece in pieces:
        yield piece
    raise UploadBroken


async def content(store: Blobs, path: RelativePath, start: int = 0, end: int | None = None) -> bytes:
    """What a reader of the path gets."""
    async with store.get(path) as blob:
        return b"".join([piece async for piece in blob.read(start, end)])


async def names(store: Blobs, path: RelativePath) -> list[tuple[str, bool, int]]:
    """What a listing says."""
    return [(entry.name, entry.is_folder, entry.size) async for batch in store.list(path) for entry in batch]


class BlobsContract:
    """What every `Blobs` does."""

    async def test_what_was_put_is_read_back(self, store: Blobs) -> None:
        info = await store.put(FILE, chunks(b"hello ", b"", b"world"))

        assert info.size == 11
        assert await content(store, FILE) == b"hello world"

    async def test_an_empty_file_is_a_file(self, store: Blobs) -> None:
        await store.put(FILE, chunks())

        assert await content(store, FILE) == b""
        assert await names(store, FOLDER) == [("data.bin", False, 0)]

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [(0, None, b"0123456789"), (3, None, b"3456789"), (3, 5, b"34"), (0, 0, b""), (9, 99, b"9"), (10, None, b"")],
    )
    async def test_a_range_is_read(self, store: Blobs, start: int, end: int | None, expected: bytes) -> None:
        await store.put(FILE, chunks(b"0123456789"))

        assert await content(store, FILE, start, end) == expected

    async def test_a_file_of_many_pieces_comes_back_whole(self, store: Blobs) -> None:
        piece = bytes(range(256)) * 1000
        await store.put(FILE, chunks(*[piece] * 20))

        assert await content(store, FILE) == piece * 20
        assert await content(store, FILE, 1_048_570, 1_048_590) == (piece * 20)[1_048_570:1_048_590]

    async def test_a_new_file_takes_the_place_of_the_old(self, store: Blobs) -> None:
        first = await store.put(FILE, chunks(b"old"))
        second = await store.put(FILE, chunks(b"new"))

        assert await content(store, FILE) == b"new"
        assert first.etag != second.etag

    async def test_an_open_file_keeps_its_content(self, store: Blobs) -> None:
        await store.put(FILE, chunks(b"old"))
        async with store.get(FILE) as blob:
            await store.put(FILE, chunks(b"newer"))
            assert b"".join([piece async for piece in blob.read()]) == b"old"

    async def test_a_broken_upload_changes_nothing(self, store: Blobs) -> None:
        await store.put(FILE, chunks(b"old"))
        with pytest.raises(UploadBroken):
            await store.put(FILE, broken(b"half of the n"))
        with pytest.raises(UploadBroken):
            await store.put(FOLDER / RelativePath.parse("other"), broken(b"half"))

        assert await content(store, FILE) == b"old"
        assert await names(store, FOLDER) == [("data.bin", False, 3)]

    async def test_a_cancelled_upload_changes_nothing(self, store: Blobs) -> None:
        begun = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 100_000
                begun.set()
                await asyncio.sleep(0)

        task = asyncio.create_task(store.put(FILE, endless()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await names(store, RelativePath()) in ([], [("run", True, 0)])

    async def test_a_file_that_is_too_large_is_refused(self, small_store: Blobs) -> None:
        with pytest.raises(errors.FileTooLarge):
            await small_store.put(FILE, chunks(*[b"x" * 100] * 11))

        assert await names(small_store, FOLDER) == []

    async def test_a_folder_lists_its_own_level_by_name(self, store: Blobs) -> None:
        for text in ("run/b.txt", "run/a.txt", "run/deep/er/c.txt", "other/d.txt"):
            await store.put(RelativePath.parse(text), chunks(b"12"))

        listed = await names(store, RelativePath.parse("run"))
        assert listed == [("a.txt", False, 2), ("b.txt", False, 2), ("deep", True, 0)]

    async def test_a_folder_of_many_files_is_listed_whole(self, store: Blobs) -> None:
        for number in range(1_100):
            await store.put(FOLDER / RelativePath.parse(f"{number:05}"), chunks(b""))

        assert [name for name, _, _ in await names(store, FOLDER)] == [f"{number:05}" for number in range(1_100)]

    async def test_listing_what_is_no_folder_gives_nothing(self, store: Blobs) -> None:
        await store.put(FILE, chunks(b"x"))

        assert await names(store, FILE) == []
        assert await names(store, RelativePath.parse("nowhere/at/all")) == []

    async def test_what_is_not_there_is_said_so(self, store: Blobs) -> None:
        with pytest.raises(errors.NoSuchArtifact):
            await content(store, FILE)

    async def test_a_folder_is_not_read_and_not_written_over(self, store: Blobs) -> None:
        await store.put(FILE, chunks(b"x"))
        for path in (FOLDER, RelativePath()):
            with pytest.raises(errors.IsFolder):
                await content(store, path)
        with pytest.raises(errors.IsFolder):
            await store.put(FOLDER, chunks(b"y"))
        with pytest.raises(errors.RootStays):
            await store.put(RelativePath(), chunks(b"y"))

    async def test_a_file_is_no_folder_for_another(self, store: Blobs) -> None:
        await store.put(FILE, chunks(b"x"))

        with pytest.raises(errors.InTheWay):
            await store.put(FILE / RelativePath.parse("below"), chunks(b"y"))

    async def test_a_deleted_file_is_gone_and_its_neighbours_stay(self, store: Blobs) -> None:
        other = FOLDER / RelativePath.parse("other")
        for path in (FILE, other):
            await store.put(path, chunks(b"x"))
        await store.delete(FILE)

        assert await names(store, FOLDER) == [("other", False, 1)]

    async def test_a_folder_is_deleted_with_all_that_is_in_it(self, store: Blobs) -> None:
        await store.put(FILE, chunks(b"x"))
        await store.delete(RelativePath.parse("run"))

        assert await names(store, RelativePath()) == []

    async def test_deleting_what_is_not_there_is_nothing(self, store: Blobs) -> None:
        await store.delete(FILE)

    async def test_the_root_is_not_deleted(self, store: Blobs) -> None:
        with pytest.raises(errors.RootStays):
            await store.delete(RelativePath())


class MultipartContract:
    """What every `Multipart` does, on a store that is a `Blobs` too."""

    async def test_parts_make_a_file_in_the_order_of_their_numbers(self, store: Store) -> None:
        upload = await store.create(FILE)
        second = await store.part(upload, 7, chunks(b"world"))
        first = await store.part(upload, 1, chunks(b"hel", b"lo "))
        info = await store.complete(upload, FILE, [first, second])

        assert info.size == 11
        assert await content(store, FILE) == b"hello world"

    async def test_nothing_is_seen_before_the_upload_is_complete(self, store: Store) -> None:
        upload = await store.create(FILE)
        await store.part(upload, 1, chunks(b"x"))

        assert await names(store, RelativePath()) in ([], [("run", True, 0)])

    async def test_a_part_sent_again_takes_the_place_of_the_first(self, store: Store) -> None:
        upload = await store.create(FILE)
        stale = await store.part(upload, 1, chunks(b"first"))
        fresh = await store.part(upload, 1, chunks(b"second"))
        with pytest.raises(errors.BadParts):
            await store.complete(upload, FILE, [stale])
        await store.complete(upload, FILE, [fresh])

        assert await content(store, FILE) == b"second"

    async def test_a_broken_part_is_not_kept(self, store: Store) -> None:
        upload = await store.create(FILE)
        whole = await store.part(upload, 1, chunks(b"whole"))
        with pytest.raises(UploadBroken):
            await store.part(upload, 1, broken(b"ha"))
        await store.complete(upload, FILE, [whole])

        assert await content(store, FILE) == b"whole"

    @pytest.mark.parametrize("number", [-1, 0, 10_001, 1 << 40])
    async def test_part_numbers_have_bounds(self, store: Multipart, number: int) -> None:
        upload = await store.create(FILE)

        with pytest.raises(errors.BadPartNumber):
            await store.part(upload, number, chunks(b"x"))

    async def test_the_last_part_number_is_taken(self, store: Store) -> None:
        upload = await store.create(FILE)
        part = await store.part(upload, 10_000, chunks(b"x"))

        assert (await store.complete(upload, FILE, [part])).size == 1

    async def test_parts_that_are_not_those_are_refused_and_the_upload_stays_open(self, store: Store) -> None:
        upload = await store.create(FILE)
        one, two = [await store.part(upload, number, chunks(b"x")) for number in (1, 2)]
        for parts in (
            [],
            [two, one],
            [one, one],
            [one, Part(number=3, etag=one.etag)],
            [one, Part(number=2, etag="made-up")],
        ):
            with pytest.raises(errors.BadParts):
                await store.complete(upload, FILE, parts)
        await store.complete(upload, FILE, [one, two])

    @pytest.mark.parametrize("upload", ["", "..", "../../x", "nothing", "0000-0000-0000-0000"])
    async def test_an_upload_that_is_not_there_is_said_so(self, store: Store, upload: str) -> None:
        part = Part(number=1, etag="x")
        with pytest.raises(errors.NoSuchUpload):
            await store.part(upload, 1, chunks(b"x"))
        with pytest.raises(errors.NoSuchUpload):
            await store.complete(upload, FILE, [part])
        with pytest.raises(errors.NoSuchUpload):
            await store.abort(upload, FILE)

    async def test_an_upload_belongs_to_its_path(self, store: Store) -> None:
        upload = await store.create(FILE)
        part = await store.part(upload, 1, chunks(b"x"))
        elsewhere = RelativePath.parse("elsewhere")
        with pytest.raises(errors.NoSuchUpload):
            await store.complete(upload, elsewhere, [part])
        with pytest.raises(errors.NoSuchUpload):
            await store.abort(upload, elsewhere)
        await store.complete(upload, FILE, [part])

    @pytest.mark.parametrize("is_completed", [True, False])
    async def test_a_closed_upload_takes_nothing_more(self, store: Store, is_completed: bool) -> None:
        upload = await store.create(FILE)
        part = await store.part(upload, 1, chunks(b"x"))
        await (store.complete(upload, FILE, [part]) if is_completed else store.abort(upload, FILE))

        with pytest.raises(errors.NoSuchUpload):
            await store.part(upload, 1, chunks(b"y"))
        with pytest.raises(errors.NoSuchUpload):
            await store.complete(upload, FILE, [part])

    async def test_of_complete_and_abort_at_the_same_time_one_wins(self, store: Store) -> None:
        for _ in range(20):
            path = RelativePath.parse(f"run/{new_id()}")
            upload = await store.create(path)
            part = await store.part(upload, 1, chunks(b"x" * 10_000))
            answers = await asyncio.gather(
                store.complete(upload, path, [part]),
                store.abort(upload, path),
                store.complete(upload, path, [part]),
                return_exceptions=True,
            )
            assert sum(isinstance(answer, errors.NoSuchUpload) for answer in answers) == 2

    async def test_an_upload_in_parts_has_the_same_bound(self, small_store: Store) -> None:
        upload = await small_store.create(FILE)
        with pytest.raises(errors.FileTooLarge):
            await small_store.part(upload, 1, chunks(b"x" * 1001))
        halves = [await small_store.part(upload, number, chunks(b"x" * 600)) for number in (1, 2)]
        with pytest.raises(errors.FileTooLarge):
            await small_store.complete(upload, FILE, halves)
        await small_store.complete(upload, FILE, halves[:1])

    async def test_the_number_of_open_uploads_has_a_bound(self, small_store: Store) -> None:
        for _ in range(3):
            await small_store.create(FILE)

        with pytest.raises(errors.TooManyUploads):
            await small_store.create(FILE)


class ResumableContract:
    """What every `Resumable` does."""

    whole = whole_of(b"hello world")

    async def test_a_file_comes_in_several_goes(self, store: Store) -> None:
        assert await store.resume(FILE, self.whole, None, chunks()) == 0
        assert await store.resume(FILE, self.whole, Range(start=0, end=6), chunks(b"hello", b" ")) == 6
        assert await names(store, FOLDER) == []
        assert await store.resume(FILE, self.whole, None, chunks()) == 6
        assert await store.resume(FILE, self.whole, Range(start=6, end=11), chunks(b"world")) == 11

        assert await content(store, FILE) == b"hello world"

    async def test_what_came_before_the_sender_went_away_stays(self, store: Store) -> None:
        with pytest.raises(UploadBroken):
            await store.resume(FILE, self.whole, Range(start=0, end=11), broken(b"hel", b"lo"))

        assert await store.resume(FILE, self.whole, None, chunks()) == 5
        assert await store.resume(FILE, self.whole, Range(start=5, end=11), chunks(b" world")) == 11

    async def test_a_range_that_begins_elsewhere_is_not_taken(self, store: Store) -> None:
        await store.resume(FILE, self.whole, Range(start=0, end=6), chunks(b"hello "))

        assert await store.resume(FILE, self.whole, Range(start=0, end=6), chunks(b"hello ")) == 6
        assert await store.resume(FILE, self.whole, Range(start=7, end=11), chunks(b"orld")) == 6
        assert await store.resume(FOLDER, self.whole, Range(start=6, end=11), chunks(b"world")) == 0

    async def test_more_than_the_range_is_refused_and_none_of_it_kept(self, store: Store) -> None:
        await store.resume(FILE, self.whole, Range(start=0, end=2), chunks(b"he"))
        with pytest.raises(NotTheRange):
            await store.resume(FILE, self.whole, Range(start=2, end=4), chunks(b"ll", b"o"))

        assert await store.resume(FILE, self.whole, None, chunks()) == 2

    async def test_what_is_not_the_whole_is_thrown_away(self, store: Store) -> None:
        await store.put(FILE, chunks(b"old"))
        with pytest.raises(NotTheWhole):
            await store.resume(FILE, self.whole, Range(start=0, end=11), chunks(b"HELLO WORLD"))

        assert await store.resume(FILE, self.whole, None, chunks()) == 0
        assert await content(store, FILE) == b"old"

    async def test_who_did_not_hear_that_it_is_done_is_told(self, store: Store) -> None:
        await store.put(FILE, chunks(b"hello world"))

        assert await store.resume(FILE, self.whole, None, chunks()) == 11
        assert await store.resume(FILE, whole_of(b"HELLO WORLD"), None, chunks()) == 0

    async def test_one_sender_at_a_time(self, store: Store) -> None:
        async def slow() -> AsyncIterator[bytes]:
            with pytest.raises(StillArriving):
                await store.resume(FILE, self.whole, Range(start=0, end=11), chunks(b"hello world"))
            yield b"hello world"

        assert await store.resume(FILE, self.whole, Range(start=0, end=11), slow()) == 11

    async def test_files_in_several_goes_have_the_same_bounds(self, small_store: Resumable) -> None:
        with pytest.raises(errors.FileTooLarge):
            await small_store.resume(FILE, whole_of(bytes(1001)), Range(start=0, end=1), chunks(b"x"))
        for number in range(3):
            assert await small_store.resume(FILE, whole_of(b"%d!" % number), Range(start=0, end=1), chunks(b"x")) == 1
        with pytest.raises(TooManyArrivals):
            await small_store.resume(FILE, self.whole, Range(start=0, end=1), chunks(b"x"))
