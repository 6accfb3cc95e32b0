"""How the files of a mapping are written, as it states that: format, dialect, columns, the place of the records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from app.errors import BadValue, near
from app.store.imports.mapping.faults import Faults, Part
from app.store.imports.readers.dialects import Dialect, Quoting, dialect_of
from app.store.imports.readers.file_form import FileForm, FormName, why_unused

DIALECT: Final = ("encoding", "delimiter", "quoting")
FORM: Final = ("format", *DIALECT, "header", "columns", "records", "sheet")
_CHOICES: Final = {"format": get_args(FormName), "quoting": get_args(Quoting)}


def read_form(sections: Mapping[str, Part], faults: Faults, place: str = "in the mapping") -> FileForm:
    """The form that is stated by those of the sections that are of FORM. Faults are noted. place: as in Dialect."""
    given: dict[str, Any] = {}
    for name in FORM:
        part = sections.get(name)
        if part is not None and part.value is not None:
            with faults.told_at(part.path):
                given[name] = _checked(name, part.value)
    _tell_unused(sections, given.get("format"), faults)
    dialect = Dialect(**{name: given.pop(name) for name in DIALECT if name in given}, place=place)
    return FileForm(dialect=dialect, **given)


def _tell_unused(sections: Mapping[str, Part], stated: FormName | None, faults: Faults) -> None:
    """Note members that say nothing of files of the stated format, where that stands beside them: shared ones may be of
    other kinds.
    """
    for name in FORM if stated else ():
        part = sections.get(name)
        if part is None or part.value is None or part.path[:-1] != sections["format"].path[:-1]:
            continue
        if stated and (told := why_unused(name, [stated])):
            faults.add(part.path, told)


def _checked(name: str, value: Any) -> Any:
    """The value of a section. Raises BadValue or BadImport."""
    if name in _CHOICES and value not in _CHOICES[name]:
        raise BadValue(f"{value!r:.80} is not one of {', '.join(_CHOICES[name])}", near(str(value), _CHOICES[name]))
    if name == "header":
        if not isinstance(value, bool):
            raise BadValue("true or false is needed here")
        return value
    if name == "columns":
        if not (isinstance(value, list) and value and all(isinstance(one, str) for one in value)):
            raise BadValue("a list of names is needed here, such as [id, date, statement]")
        return tuple(value)
    if not isinstance(value, str) or not value:
        raise BadValue("a text is needed here")
    if name == "delimiter":
        return dialect_of(value, None, None).delimiter
    return dialect_of(None, None, value).encoding if name == "encoding" else value
