"""An answer as of a revision stays the same for ever, to the byte, whatever is done; what is undone is as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.errors import Conflict, OnRecordError
from app.main import create_app
from app.store.database.engine import Database
from app.store.upgrade.index_differences import index_differences
from app.store.upgrade.row_differences import row_differences
from app.store.write.merge import merge_records
from app.store.write.undo import undo_revision
from tests.conftest import ENGINES
from tests.importing import import_paths

Doc = dict[str, Any]

NAMES = ("Ann Lee", "Bob Ray", "Cara Dee", "Dan Fox")
SPEAKERS, SOURCES, METRICS = ("ann", "bob", "cara"), ("s", "t"), ("staff", "crew")
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # a run is told by its steps: to shorten it takes minutes
CLAIMS = ("a/1", "a/2", "a/3", "a/4")
STAMPS = ("version", "revision", "recorded_at", "updated_at")
QUERIES = (
    "claims?status=any", "claims?q=words", "claims?speaker__name=Ann%20Lee&status=any", "claims?source__publisher=AP",
    "claims?sort=recorded_at&limit=2", "claims/export?status=any", "claims?figure__metric__name=staff&figure__value=5",
    "speakers", "speakers?name=Bob%20Ray", "sources", "metrics", "speakers/suggest?q=a", "revisions",
    *(f"claims/by-key/{key}" for key in CLAIMS[:2]), *(f"claims/clm_{n}" for n in (1, 2, 3)),
    *(f"speakers/spk_{n}" for n in (1, 2, 3)), "sources/src_1", "sources/src_2", "metrics/met_1",
    "claims/clm_1/history?renderings=true", "speakers/spk_1/history", "datasets", "datasets/wire",
    "claims?dataset=wire&status=any",
)  # fmt: skip


class Past(RuleBasedStateMachine):
    """Edits, merges, retractions, undos and imports of a few records; `database` is given by the test."""

    make: Callable[[], Database]
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()
        self.database = self.make()
        self.client = self.opened.enter_context(TestClient(create_app(self.database)))
        self.answers: dict[str, tuple[int, bytes, str | None]] = {}
        self.newest = 0
        self.states: list[dict[str, Doc]] = [{}]  # by revision

    def teardown(self) -> None:
        """Everything that was ever asked is asked again, and the database compared with its documents."""
        for url in self.answers:
            self.ask_again(url)
        with self.database.read_through() as connection:
            found = [*row_differences(connection, _silent), *index_differences(connection, _silent, 1)]
        assert found == []
        self.opened.close()

    # Writes

    def imported(self, doc: Doc, **dataset: str) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "one.json"
            file.write_text(json.dumps(doc))
            import_paths(self.database, [file], processes=1, **dataset)  # what is refused is refused

    @initialize()
    def begin(self) -> None:
        claims = [_claim("a/1", "ann", "words of one"), _claim("a/2", "bob", "two")]
        self.imported({"source": _source("s"), "claims": claims})

    @rule(
        key=st.sampled_from(CLAIMS), speaker=st.sampled_from(SPEAKERS), source=st.sampled_from(SOURCES),
        quote=st.sampled_from(("words of one", "other words", "two")), value=st.sampled_from((None, 5, 7)),
        related=st.sampled_from((None, *CLAIMS)), retracted=st.booleans(),
        dataset=st.sampled_from((None, "wire", "press")), title=st.sampled_from((None, "The Wire")),
    )  # fmt: skip
    def write(
        self, key: str, speaker: str, source: str, quote: str, value: int | None, related: str | None, retracted: bool,
        dataset: str | None, title: str | None,
    ) -> None:  # fmt: skip
        claim = _claim(key, speaker, quote)
        claim |= {"figures": [{"metric": METRICS[value % 2], "value": value, "unit": "count"}]} if value else {}
        claim |= {"relations": [{"type": "answers", "key": related}]} if related and related != key else {}
        claim |= {"retraction": {"kind": "record_error"}} if retracted else {}
        label = ({"dataset": dataset} | ({"dataset_title": title} if title else {})) if dataset else {}
        self.imported({"source": _source(source), "claims": [claim]}, **label)

    @rule(
        key=st.sampled_from(SPEAKERS), name=st.sampled_from(NAMES), office=st.sampled_from((None, "bureau", "office"))
    )  # fmt: skip
    def define(self, key: str, name: str, office: str | None) -> None:
        held = {"title": "chief", "since": "2020", "until": "2026"}
        tenures = [held | {"organization": {"key": office, "name": office, "kind": "organization"}}] if office else []
        speaker = {"key": key, "name": name, "kind": "person", "tenures": tenures}
        self.imported({"source": _source("s"), "speakers": [speaker]})

    @rule(kind=st.sampled_from(("clm", "spk", "src", "met")), one=st.integers(1, 4), other=st.integers(1, 4))
    def merge(self, kind: str, one: int, other: int) -> None:
        _tried(lambda: merge_records(self.database, f"{kind}_{one}", f"{kind}_{other}"))

    @rule(title=st.sampled_from(("The Report", "Another")), publisher=st.sampled_from(("AP", None)))
    def rename(self, title: str, publisher: str | None) -> None:
        self.imported({"source": _source("s") | {"title": title, "publisher": publisher}})

    @precondition(lambda self: self.newest)
    @rule(back=st.integers(0, 4))
    def undo(self, back: int) -> None:
        number = self.newest - back
        done = _tried(lambda: undo_revision(self.database, number)) if number > 0 else None
        if done and back == 0 and not done.kept:
            assert self.state() == self.states[number - 1]

    @precondition(lambda self: self.newest)
    @rule(back=st.integers(1, 3))
    def go_back(self, back: int) -> None:
        """Undoing everything since a revision, the newest first, restores its state."""
        newest = self.newest
        for number in range(newest, max(newest - back, 0), -1):
            done = _tried(partial(undo_revision, self.database, number))
            self.past_answers_stay()
            if not done or done.kept:
                return
            assert self.state() == self.states[number - 1]

    # Reads

    def state(self) -> dict[str, Doc]:
        found: dict[str, Doc] = {}
        for path in ("claims?status=any&limit=500", "speakers?limit=500", "sources?limit=500", "metrics?limit=500"):
            for one in self.client.get(f"/v1/{path}").json()["data"]:
                found[one["id"]] = {name: value for name, value in one.items() if name not in STAMPS}
        return found

    def ask(self, url: str) -> tuple[int, bytes, str | None]:
        answer = self.client.get(url, follow_redirects=False)
        if answer.status_code == 200:
            return 200, answer.content, answer.headers.get("etag")
        return answer.status_code, b"", answer.headers.get("location")

    def ask_again(self, url: str) -> None:
        assert self.ask(url) == self.answers[url], url

    @invariant()
    def past_answers_stay(self) -> None:
        newest = self.client.get("/v1/revisions?limit=1").json()["meta"]["revision"]
        if newest == self.newest:
            return
        assert newest == self.newest + 1
        self.newest = newest
        self.states.append(self.state())
        for n, query in enumerate(QUERIES):
            url = f"/v1/{query}{'&' if '?' in query else '?'}as_of="
            self.answers[f"{url}{newest}"] = self.ask(f"{url}{newest}")
            if (n + newest) % 6 == 0 and newest > 1:  # some of the past; all of it in the end
                self.ask_again(f"{url}{1 + n % (newest - 1)}")


def _claim(key: str, speaker: str, quote: str) -> Doc:
    named = {"key": speaker, "name": NAMES[SPEAKERS.index(speaker)]}
    return {"key": key, "speaker": named, "quote": quote, "said_on": "2024"}


def _source(key: str) -> Doc:
    return {"key": key, "title": f"Report {key}", "url": f"https://a.example/{key}"}


def _silent(_what: str, _done: int, _all: int | None) -> None:
    return None


def _tried(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (Conflict, OnRecordError):
        return None


@pytest.mark.parametrize("engine", ENGINES)
def test_answers_as_of_a_revision_stay_to_the_byte(
    engine: str, new_database: Callable[[str], Database], kept: Callable[[], Database]
) -> None:
    is_long = settings.get_current_profile_name() == "long"
    make = kept if engine == "postgresql" else (lambda: new_database(engine))
    machine = type("PastOfAnEngine", (Past,), {"make": staticmethod(make)})
    examples, steps = (20, 200) if is_long else (2, 14)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, suppress_health_check=[*HealthCheck], phases=PHASES
        ),
    )
