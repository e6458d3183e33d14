"""Ask a check server whether files are on its lists.

The files stay here: only their fingerprints are sent.

Exit code: 0 when every file was checked and none matches, 1 when every file was checked and some
match, 2 when a file or the server could not be asked (what matches is printed all the same).
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from baken.cli.connection import KeyFileUnreadableError, add_key_arguments, key_of
from baken.client import Api, ApiError
from baken.client.messages import MAX_QUERIES, Answer, ListStanding, Match, Query, Result
from baken.fingerprint import Fingerprint, digests
from baken.hashlist import Action, Kind
from baken.media import DecodeError, mapped
from baken.sandbox import DecoderPool

OK, MATCHED, FAILED = range(3)
_ADVICE = {Action.BLOCK: "block it", Action.REVIEW: "let a person look"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file to check")
    parser.add_argument("--server", required=True, metavar="URL", help="the check server")
    parser.add_argument("--json", action="store_true", help="one JSON object per file")
    add_key_arguments(parser)


class Checked(msgspec.Struct, omit_defaults=True):
    """What is known of one file: its fingerprints, and what the server says to them."""

    file: str
    queries: tuple[Query, ...] = ()
    note: str | None = None  # why the picture could not be looked at
    error: str | None = None  # why the file could not be checked at all
    results: tuple[Result, ...] = ()

    @property
    def matches(self) -> list[Match]:
        """The matches of all fingerprints, nearest first, each entry once."""
        nearest: dict[tuple[str, str], Match] = {}
        found = (match for result in self.results for match in result.matches)
        for match in sorted(found, key=lambda match: (match.kind is Kind.NEAR, match.distance)):
            nearest.setdefault((match.list, match.entry), match)
        return list(nearest.values())


def run(options: argparse.Namespace) -> int:
    """Check the files and return the exit code."""
    try:
        key = key_of(options)
        files = _hashed(options.files)
        lists = asyncio.run(_ask(options.server, key, files))
    except (ApiError, KeyFileUnreadableError) as error:
        sys.stderr.write(f"baken check: {error}\n")
        return FAILED
    for checked in files:
        if options.json:
            _write_json(checked, lists)
        else:
            _write_words(checked, lists)
    if any(checked.error for checked in files):
        return FAILED
    return MATCHED if any(checked.matches for checked in files) else OK


def _hashed(paths: list[Path]) -> list[Checked]:
    """Return the files with their fingerprints."""
    with DecoderPool() as pool:
        return [_fingerprinted(path, pool) for path in paths]


def _fingerprinted(path: Path, pool: DecoderPool) -> Checked:
    try:
        with mapped(path, pool.limits.bytes) as data:
            found, note = _found(data, pool)
    except OSError as error:
        return Checked(str(path), error=f"cannot be read: {error.strerror}.")
    except DecodeError as error:  # of a pipe that does not end
        return Checked(str(path), error=f"cannot be checked: {error}")
    queries = (Query(one.algorithm, one.value.hex(), one.quality) for one in found)
    return Checked(str(path), tuple(queries), note)


def _found(data: memoryview, pool: DecoderPool) -> tuple[tuple[Fingerprint, ...], str | None]:
    """Return the fingerprints of a file, and why its picture has none."""
    try:
        return pool.fingerprint(data).fingerprints, None
    except DecodeError as error:
        return digests([data]), f"only its digests were checked, not the picture: {error}"


async def _ask(server: str, key: str, files: list[Checked]) -> tuple[ListStanding, ...]:
    """Ask for all files, in as few questions as may be, and note the answers."""
    queries = [query for checked in files for query in checked.queries]
    answers: list[Answer] = []
    async with Api(server, key) as api:
        for start in range(0, len(queries), MAX_QUERIES):
            answers.append(await api.check(tuple(queries[start : start + MAX_QUERIES])))  # noqa: PERF401  a comprehension would hide the waiting
    results = iter(result for answer in answers for result in answer.results)
    for checked in files:
        checked.results = tuple(_take(results, len(checked.queries)))
    return answers[-1].lists if answers else ()


def _take(results: Iterator[Result], count: int) -> Iterator[Result]:
    for _ in range(count):
        yield next(results)


def _write_json(checked: Checked, lists: tuple[ListStanding, ...]) -> None:
    """Print one object."""
    answer = {
        "file": checked.file,
        "match": bool(checked.matches),
        "lists": lists,
        "results": checked.results,
        "note": checked.note,
        "error": checked.error,
    }
    print(msgspec.json.encode(answer).decode())  # noqa: T201  the command's output


def _write_words(checked: Checked, lists: tuple[ListStanding, ...]) -> None:
    """Print what a person wants to know."""
    if checked.error:
        sys.stderr.write(f"{checked.file}: {checked.error}\n")
        return
    if checked.note:
        sys.stderr.write(f"{checked.file}: {checked.note}\n")
    for match in checked.matches:
        print(f"{checked.file}: {_sentence(match)}")  # noqa: T201  the command's output
    if not checked.matches:
        places = ", ".join(f"'{standing.name}' at {standing.position}" for standing in lists)
        print(f"{checked.file}: no match on {places}")  # noqa: T201  the command's output


def _sentence(match: Match) -> str:
    how = f"near, {match.distance} of 256 bits apart" if match.kind is Kind.NEAR else "exact"
    return (
        f"MATCH ({how}) on list '{match.list}', entry {match.entry} version {match.version},"
        f" listed {match.listed_at:%Y-%m-%d}; we recommend: {_ADVICE[match.action]}"
    )
