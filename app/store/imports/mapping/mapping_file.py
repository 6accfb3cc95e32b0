"""A mapping file → what is made of the rows of foreign files. It is checked whole before the first row is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.errors import BadImport, BadValue, near
from app.store.imports.mapping.faults import Faults, Part
from app.store.imports.mapping.file_kind import RECORDS, ROWS, SECTIONS, SHARED, KindReader
from app.store.imports.mapping.file_patterns import check_pattern
from app.store.imports.mapping.mapped_files import Mapping
from app.store.imports.mapping.side_files import SideFiles
from app.store.imports.readers.encodings import read_text
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.names import NameOf, name_of_path
from app.store.imports.readers.regular_files import why_missing
from app.store.imports.readers.yaml_nodes import read_yaml


def read_mapping(path: Path, name_of: NameOf = name_of_path) -> Mapping:
    """The mapping in a YAML file, its side files read. name_of: gives the names that files have in messages.

    Raises BadImport with every fault of it, each with its line and field.
    """
    name = name_of(path)
    try:
        located = read_yaml(read_text(path))
    except BadFile as error:
        raise BadImport(f"{name}:{error.line}: {error}") from None
    except OSError as error:
        raise BadImport(f"{name}: {why_missing(path, error)}") from None
    faults = Faults(name, located)
    side_files = SideFiles(path.parent, faults)
    whole = Part(located.value, ())
    kinds = [KindReader(part, sections, faults, side_files).read() for part, sections in _kinds(whole, faults)]
    faults.raise_all()
    return Mapping(faults, kinds, {path.resolve(), *side_files.read})


def _kinds(whole: Part, faults: Faults) -> Iterator[tuple[Part, dict[str, Part]]]:
    """The kinds of file, each with its sections, those included that all share."""
    if not isinstance(whole.value, dict):
        what = "is empty" if whole.value is None else "is no object"
        faults.add((), f"the mapping {what}; it is to have sections, such as format and claim")
        return
    if "files" not in whole.value:
        yield whole, _sections(whole, SECTIONS, faults)
        return
    shared = _sections(whole, (*SHARED, "files"), faults)
    files = shared.pop("files", Part(None, ("files",)))
    if not isinstance(files.value, list) or not files.value:
        faults.add(files.path, 'a list is needed here: [{match: "people/*.json", speaker: {…}}]')
        return
    for part in files.elements():
        own = _sections(part, ("match", *SECTIONS), faults)
        match = own.get("match")
        if match is None or not isinstance(match.value, str) or not match.value:
            faults.add(part.path, 'match is needed: a pattern of paths, such as match: "people/*.json"')
        else:
            with faults.told_at(match.path):
                check_pattern(match.value)
        yield part, shared | own


def _sections(part: Part, known: tuple[str, ...], faults: Faults) -> dict[str, Part]:
    """The sections of a part by their names. Faults are noted."""
    found = dict(part.members())
    if not isinstance(part.value, dict):
        faults.add(part.path, "an object is needed here, with sections such as match and claim")
    for name in [one for one in found if one not in known]:
        with faults.told_at(found[name].path):
            raise _unknown(name, known)
        del found[name]
    doubled = [name for name in RECORDS if name in found and f"{name}s" in found]
    for name in doubled:
        faults.add(found[name].path, f"give {name} or {name}s, not both")
    return {name: inner for name, inner in found.items() if inner.value is not None}


def _unknown(name: str, known: tuple[str, ...]) -> BadValue:
    if "files" in known and name in ROWS:
        return BadValue("stands inside of the elements of `files`, where there are these")
    told = "there is no such section"
    hints = near(name, known)
    return BadValue(told if hints else f"{told}; there are {', '.join(known)}", hints)
