"""Failures of a database that are no faults of ours, each in one sentence for who runs the service."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

MIGRATE = "run `onrecord migrate`"
NO_WRITES = "the database takes no writes: it is a standby, or set to read-only; write to its primary"
FULL = "the database cannot store more"

# States of PostgreSQL (its manual, appendix A), by how they begin.
STATES = {
    "42P01": f"the database has not the tables of this version: {MIGRATE}",
    "42703": f"the database has not the tables of this version: {MIGRATE}",
    "25006": NO_WRITES,
    "55P03": "a table is in use by another program for too long; try again",
    "53100": f"{FULL}: {{said}}",
    "53200": f"{FULL}: {{said}}",
    "53": "the database does not answer: {said}",  # too many connections
    "XX": "the database is damaged or cannot be read: {said}",
    "58": "the database is damaged or cannot be read: {said}",
    # A standby ends what is in the way of its primary's changes; a server ends what waits for itself.
    "40": "the database broke the query off: {said}; try again",
    "25P": "the database ended a transaction that took too long: {said}",
}
AWAY = ("08", "57", "28", "3D")  # connection, operator's intervention, authorization, no such database

# SQLite's errors.
MESSAGES = {
    "no such table": f"the database has not the tables of this version: {MIGRATE}",
    "no such column": f"the database has not the tables of this version: {MIGRATE}",
    "disk is full": f"{FULL}: {{said}}",
    "malformed": "the database file is damaged or cannot be read or written: {said}",
    "disk I/O error": "the database file is damaged or cannot be read or written: {said}",
    "file is not a database": "the database file cannot be used: {said}",
    "readonly database": "the database file cannot be used: {said}",
    "unable to open": "the database file cannot be used: {said}",
    "database is locked": "the database is locked by another program",
}


def was_stopped(error: DBAPIError) -> bool:
    """Whether a query was stopped from outside: by its deadline, in PostgreSQL by an administrator as well."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return str(error.orig) == "interrupted"
    return getattr(error.orig, "sqlstate", None) == "57014"  # query_canceled


def sentence_of(error: DBAPIError) -> str | None:
    """A sentence on the database's state; None for a fault of ours."""
    said = str(error.orig).split("\n")[0]
    if isinstance(error.orig, sqlite3.Error):
        found = next((told for part, told in MESSAGES.items() if part in said), None)
        return found and found.format(said=said)
    state = getattr(error.orig, "sqlstate", None)
    for length in (5, 3, 2):
        if told := STATES.get((state or "")[:length]):
            return told.format(said=said)
    if isinstance(error, OperationalError) and (state is None or state[:2] in AWAY):
        return f"the database does not answer: {said}"
    return None
