"""What is packed: a gzip of anything, and a zip with one table in it."""

import gzip
import re
import zipfile
from dataclasses import replace

from config.errors import InvalidReadings, InvalidRequest
from data.importers.containers.opening import DAMAGES, Content, whole
from data.importers.containers.telling import read, reader_of
from data.importers.formats import ENDINGS, FORMATS
from data.importers.options import ImportOptions
from data.importers.sheet import Sheet

MOST_MEMBERS = 10_000
"""Of an archive; the directory of one with more is an attack."""
LISTED = 20

DOCUMENTS = {
    "word/": "a Word document",
    "ppt/": "a presentation",
    "xl/workbook.bin": "a binary workbook (.xlsb)",
    "Index/Document.iwa": "a document of Apple's programs",
}
"""Zips that are something else, by how the name of a member begins."""

# What other programs leave in an archive, and what people put beside a table.
_NO_TABLE = re.compile(r"(?:^|/)(?:__MACOSX/|\.|readme|licen[cs]e|copying)|/$", re.IGNORECASE)


def read_gzip(content: Content, options: ImportOptions) -> Sheet:
    """What is in a gzip."""
    return read(ungzipped(content), options)


def ungzipped(content: Content) -> Content:
    """What is in a gzip; what is none stays as it is."""
    if not content.head().startswith(FORMATS["gzip"].magic):
        return content
    source = gzip.GzipFile(fileobj=content.stream)
    name, progress = content.name.removesuffix(".gz"), content.progress
    return content.unpacked(source, lambda: progress.passed, "gzip", name)


def read_zip(content: Content, options: ImportOptions) -> Sheet:
    """The one table of an archive, or the one that `sheet` names; a workbook is a zip too.

    Raises `InvalidRequest` where there are several, `InvalidReadings` for one that is damaged,
    protected or grows as no readings do.
    """
    copy, archive = content.archive()
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise InvalidReadings(
            f"The archive holds {len(members):,} files.", hint="Send the one with the readings."
        )
    names = {member.filename for member in members}
    for row in FORMATS.values():
        if row.member and row.member in names:
            return reader_of(row)(replace(content, packed=(copy, archive)), options)
    for inner, words in DOCUMENTS.items():
        if any(name.startswith(inner) for name in names):
            raise InvalidReadings(f"This is {words}, not a table.", hint="Save it as .xlsx or CSV.")
    if "zip" in content.inside:
        raise InvalidReadings(
            "There is a zip in the zip.", hint="Unzip it, and send what is inside."
        )
    member, left = _chosen(members, options)
    if member.flag_bits & 1:
        raise InvalidReadings(
            f"{member.filename} is protected by a password.", hint="Unzip it and send the file."
        )
    content.facts["member"] = member.filename
    try:
        source = content.closing.enter_context(archive.open(whole(member)))
    except (*DAMAGES, RuntimeError, ValueError) as damaged:
        raise InvalidReadings(
            f"{member.filename} in the zip is damaged: {str(damaged)[:200].rstrip('.')}.",
            hint="Send the zip again.",
        ) from damaged
    packed = content.unpacked(
        source, lambda: member.compress_size, "zip", member.filename, member.file_size
    )
    return read(packed, left)


def _chosen(
    members: list[zipfile.ZipInfo], options: ImportOptions
) -> tuple[zipfile.ZipInfo, ImportOptions]:
    """The member to read, and what is left of the options for what is inside it."""
    named = options.sheet
    tables = [
        member
        for member in members
        if not _NO_TABLE.search(member.filename) and member.filename.lower().endswith(ENDINGS)
    ]
    if named is not None:
        for member in members:
            if named == member.filename:
                return member, replace(options, sheet=None)
            if named.startswith(member.filename + "/"):
                return member, replace(options, sheet=named[len(member.filename) + 1 :])
    if len(tables) == 1:
        return tables[0], options
    if not tables:
        held = ", ".join(member.filename for member in members[:LISTED])
        raise InvalidReadings(
            f"The archive holds no table ({held or 'it is empty'}).",
            hint=f"A table ends in {', '.join(ENDINGS)}.",
        )
    listed = [member.filename for member in tables]
    words = f"{', '.join(listed[:LISTED])}{' …' if len(listed) > LISTED else ''}"
    raise InvalidRequest(
        f"The archive holds {len(tables)} tables: {words}."
        if named is None
        else f"{named!r} is none of the archive's tables: {words}.",
        hint="Say which one with `sheet`, or unzip it and send them one by one.",
        field="sheet",
        choices=listed[:1000],
    )
