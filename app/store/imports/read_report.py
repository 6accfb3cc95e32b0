"""The report of an import that was carried out elsewhere, read back from its JSON."""

from __future__ import annotations

from collections import Counter
from typing import Final

from app.errors import Problem
from app.store.database.notices import Notice, Notices, field_of_kind
from app.store.imports.report import RejectedFile, Report
from app.store.records.document import Doc

NO_ACTIONS: Final = ("read", "skipped", "wrong", "rejected")  # counts of claims that say nothing of what is stored


def read_report(said: Doc) -> tuple[Report, list[Doc]]:
    """The report, and what becomes of each row in a dry run. said: the report as write_json writes it."""
    claims = said["claims"]
    report = Report(
        said["dry_run"],
        read=claims["read"],
        skipped=claims.get("skipped", 0),  # of a server before they were counted
        wrong=claims["wrong"],
        did=Counter({action: number for action, number in claims.items() if action not in NO_ACTIONS}),
        faults=_notices(said["problems"]),
        warnings=_notices(said["warnings"]),
        texts=_notices(said["texts"]) if "texts" in said else None,
        unused_texts=said.get("unused_texts", 0),
        definitions=Counter(said["definitions"]),
        verifications=Counter(said["citations"]),
        keeps_going=said.get("keep_going", False),  # as above
        rejected=claims["rejected"],
        rejected_files=[RejectedFile(**one) for one in said.get("rejected_files", ())],
        revision=said["revision"],
        changes=said["changes"],
    )
    return report, said.get("rows") or []


def _notices(said: Doc) -> Notices:
    """The notices kind by kind, for these come in the order in which their first ones were noted."""
    ranks = {(kind["code"], kind["field"] or ""): rank for rank, kind in enumerate(said["kinds"])}
    notices = Notices()
    for notice in sorted(
        map(_notice, said["all"]), key=lambda one: ranks[one.problem.code, field_of_kind(one.problem)]
    ):
        notices.add(notice)
    return notices


def _notice(said: Doc) -> Notice:
    path = (said["field"],) if said["field"] else ()
    problem = Problem(path, said["code"], said["detail"], tuple(said["did_you_mean"]))
    return Notice(said["file"] or "", said["line"] or 0, problem, said["key"])
