"""A search → one page of documents, and how many there are; and one claim, by its id or key."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from app.domain.query.tree import Where
from app.errors import BadValue, NotFound, check_text
from app.store.database.fetching import fetch_rows
from app.store.database.stored_documents import read_documents
from app.store.search.conditions import formula_of
from app.store.search.matches import Matches, Search, matches_of
from app.store.search.notes import notes_of
from app.store.search.results import Page, Record, Total, number_of, record_found


def find_claims(connection: Connection, search: Search) -> Page:
    """The page that a search asks for, as of its revision. Raises BadRequest and QueryTimeout."""
    moment = search.moment(connection)
    matches = matches_of(connection, search, moment)
    numbers, end, total = matches.page()
    counted = (search.total or total) if search.count else None
    page = Page(read_documents(connection, numbers), end, counted, moment.revision, moment.mark)
    return page if numbers or search.after else replace(page, notes=_notes(matches))


def _notes(matches: Matches) -> tuple[str, ...]:
    """Why nothing was found."""
    search = matches.search

    def count(where: Where) -> Total:
        formula = formula_of(where, matches.asking)
        return Matches(Search(where), matches.asking, formula).total()

    return notes_of(search.where, matches.asking, count, as_of=search.as_of is not None)


_CURRENT = (
    "SELECT c.id, c.version, c.since, d.doc FROM claims c JOIN documents d ON d.number = c.number"
    " WHERE c.until IS NULL AND c.id = {id}"
)
_BY_ID = _CURRENT.format(id="?")
_BY_KEY = _CURRENT.format(id="(SELECT k.id FROM record_keys k WHERE k.type = 'clm' AND k.key = ?)")


def read_claim(connection: Connection, claim_id: str) -> Record:
    """The claim with this id as it is now, retracted ones too. Raises NotFound."""
    return _read(connection, _BY_ID, number_of(claim_id, "clm", "claim"), f"claim {claim_id}")


def read_claim_by_key(connection: Connection, key: str) -> Record:
    """The claim with this key as it is now, retracted ones too. Raises NotFound, for what cannot be a key as well."""
    asked = f"claim with the key {key[:600]!r}"
    try:
        check_text(key)
    except BadValue as error:
        raise NotFound(f"there is no {asked}: {error}") from None
    return _read(connection, _BY_KEY, key, asked)


def _read(connection: Connection, statement: str, value: int | str, asked: str) -> Record:
    rows = fetch_rows(connection, statement, value)
    return record_found(rows[0] if rows else None, "clm", asked)
