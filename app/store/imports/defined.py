"""The outcomes of definitions: what they changed, took away, and put back as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from app.errors import Problem
from app.store.records.document import encode
from app.store.records.kinds import NOUNS
from app.store.write.compare_records import came_back, changed_in, lost_in
from app.store.write.earlier_versions import Earlier
from app.store.write.outcomes import Outcome
from app.store.write.resolver import Resolver


def outcomes_of(
    resolver: Resolver, ids: Collection[str], earlier: Earlier
) -> Iterator[tuple[str, Outcome, list[Problem]]]:
    """The outcome of each stored record that definitions changed, with what is to be warned of, before it is written.

    ids: of the records.
    """
    for shelf, _ in resolver.shelves():
        stored = {one: old for one in ids if one.startswith(shelf.prefix) and (old := shelf.stored(one))}
        past = earlier.records(shelf.prefix, list(stored))
        for record_id, old in stored.items():
            new, what = resolver.records[record_id], NOUNS[shelf.prefix][:-1]
            changes = changed_in(shelf.prefix, old, new)
            if not changes:
                continue
            back = came_back(shelf.prefix, changes, past.get(record_id, []))
            told = resolver.revision.told(record_id, new["key"])
            problems = [
                Problem((field,), "definition-loses", f"{told} loses {lost}")
                for field, lost in lost_in(shelf.prefix, old, new)
            ]
            if back:
                edits = "; ".join(f"{name}: {' → '.join(map(encode, changes[name]))}" for name in back)
                said = f"{told}: an earlier version comes back over a later edit: {edits}"
                problems.append(Problem((), "definition-back", said))
            yield record_id, Outcome("updated", record_id, new["key"], changes, back, what=what), problems
