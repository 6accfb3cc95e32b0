"""Documents without what a purge takes out of them: pure functions. gone: the ids of the purged records."""

from __future__ import annotations

from collections.abc import Iterable, Set

from app.store.records.document import Doc

Gone = Set[str]


def claim_without(doc: Doc, gone: Gone) -> Doc | None:
    """A claim without the records that are gone; None where nothing of it can stay: it is one of them, their speaker
    said it, or only their sources have it.
    """
    citations = [one for one in doc["citations"] if one["source"]["id"] not in gone]
    if doc["id"] in gone or not citations or (doc["speaker"] and doc["speaker"]["id"] in gone):
        return None
    return doc | {
        "citations": citations,
        "roles": [*_roles_without(doc["roles"], gone)],
        "figures": [one for one in doc["figures"] if one["metric"]["id"] not in gone],
        "relations": [one for one in doc["relations"] if one["claim"] not in gone],
        "retraction": doc["retraction"] and _with_source(doc["retraction"], gone),
    }


def _roles_without(roles: Iterable[Doc], gone: Gone) -> Iterable[Doc]:
    """Roles, of which one at an organization that is gone is the title alone, if it has one."""
    for role in roles:
        if not role["organization"] or role["organization"]["id"] not in gone:
            yield role
        elif role["title"]:
            yield role | {"organization": None, "as_stated": None}


def _with_source(retraction: Doc, gone: Gone) -> Doc:
    source = retraction["source"]
    return retraction | {"source": None} if source and source["id"] in gone else retraction


def claim_with_nameless_relations(doc: Doc, gone: Gone) -> Doc:
    """A claim of before, whose relations to what is gone say the id alone."""
    relations = [one | {"key": None} if one["claim"] in gone else one for one in doc["relations"]]
    return doc | {"relations": relations}


def speaker_without(doc: Doc, gone: Gone) -> Doc:
    """A speaker with its tenures at organizations that are gone, and the source that it belongs to, unnamed."""
    return lists_without(doc, gone) | {"source": None if doc["source"] in gone else doc["source"]}


def lists_without(lists: Doc, gone: Gone) -> Doc:
    """The lists of a speaker, as it or a definition has them, with tenures at what is gone unnamed."""
    tenures = [
        one | {"organization": None} if one["organization"] and one["organization"]["id"] in gone else one
        for one in lists.get("tenures", ())
    ]
    return lists | ({"tenures": tenures} if tenures else {})


def source_without_text(doc: Doc) -> Doc:
    """A source of which no text is stored."""
    return doc | {"text_sha256": None}
