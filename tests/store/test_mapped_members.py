"""Misspelt members of joined and nested records are told, and so are empty parts of keys and addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import BadImport
from tests.store.mapped import mapped

PEOPLE = "id,full_name\n1,Ann\n"
JOINED = """\
format: csv
joins: {person: {file: data/p.csv, key: id, on: "{{ by }}"}, others: {file: data/p.csv, key: id, on: "{{ [by] }}"}}
claim: {key: "{{ by }}", quote: "{{ words }}", source.title: T, MEMBER}
"""


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ('speaker.name: "{{ person.fulname }}"', "p.csv has no fulname (did you mean full_name?)"),
        ("speaker.name: \"{{ person['nmae'] }}\"", "p.csv has no nmae; there are full_name, id"),
        ("topics: \"{{ others | map(attribute='nam') }}\"", "p.csv has no nam; there are full_name, id"),
        ('topics: {each: "{{ others | list }}", as: one, value: "{{ one.nam }}"}', "p.csv has no nam; there are"),
        ('venue: "{{ file.nmae }}"', "file has no nmae (did you mean name?)"),
    ],
    ids=["a-member", "in-brackets", "of-each", "in-a-loop", "of-the-file"],
)
def test_an_unknown_column_of_a_side_table_is_a_fault_before_the_first_row(
    member: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "p.csv").write_text(PEOPLE)
    with pytest.raises(BadImport) as refused:
        mapped(tmp_path, JOINED.replace("MEMBER", member), {"f.csv": "by,words\n1,said\n"})
    assert told in str(refused.value.problems[0].detail)


NESTED = 'format: ndjson\nclaim: {key: "{{ id }}", quote: q, source.title: T, MEMBER}\n'
ROWS = '{"id": "1", "by": {"name": "Ann"}, "tags": [{"t": "a"}]}\n{"id": "2", "by": {"name": "Bo", "title": "Dr"}}\n'


@pytest.mark.parametrize(
    ("member", "told"),
    [
        (
            'speaker.name: "{{ by.nmae }}"',
            "m.yaml:2: claim.speaker.name: no object has nmae there (did you mean name?)",
        ),
        ("topics: \"{{ tags | map(attribute='x') }}\"", "m.yaml:2: claim.topics: no object has x there; there are t"),
        ('speaker.name: "{{ by.name }}", venue: "{{ by.title }}"', None),
        ("venue: \"{{ by.get('place') }}\"", None),
    ],
    ids=["misspelt", "of-each", "absent-from-some", "asked-for-by-get"],
)
def test_a_member_that_no_nested_object_has_is_a_fault(member: str, told: str | None, tmp_path: Path) -> None:
    found = mapped(tmp_path, NESTED.replace("MEMBER", member), {"f.ndjson": ROWS})
    assert found.told == ([told] if told else [])


def test_a_fault_in_a_row_of_a_group_names_that_row_and_its_column(tmp_path: Path) -> None:
    mapping = """\
group_by: "{{ id }}"
set: {days: "{{ rows | map(attribute='day') | map('date') }}"}
claim: {key: "{{ id }}", quote: q, citations: {each: "{{ rows }}", as: one, source.title: "{{ one.n | number }}",
  source.url: "{{ one.url }}"}}
"""
    table = "id,n,day,url\na,1,2024,\nb,1,2024,\na,x,2024,\nb,1,soon,\n"
    first, second = mapped(tmp_path, mapping, {"f.csv": table}).told
    assert first.startswith("f.csv:4: citations.1.source.title (n): ")
    assert second.startswith("f.csv:5: set.days (day): ")


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("{{ file.stem }}/{{ id }}", "{{ id }} is empty, and other rows without it would get the same key"),
        ("{{ file.stem }}/{{ id | default('none') }}", None),
        ("f/{{ who }}{{ '-' ~ id if id }}", None),
        ("{{ id }}", None),
    ],
    ids=["a-part", "a-default", "a-condition", "the-whole"],
)
def test_an_empty_part_of_a_key_is_an_error_of_its_row(key: str, told: str | None, tmp_path: Path) -> None:
    mapping = f'claim: {{key: "{key}", quote: q, venue: "{{{{ who }}}}", source.title: T}}\n'
    found = mapped(tmp_path, mapping, {"f.csv": "id,who\n,Ann\n2,Bo\n"})
    assert [line.partition("; ")[0] for line in found.told] == ([f"f.csv:2: key (id): {told}"] if told else [])
    assert len(found.rows) == (1 if told else 2)


SHARED = "{{ id }} is empty, and other rows without it would get the same"


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ('source.url: "https://a.example/{{ id }}"', f"source.url (id): {SHARED} address"),
        ('citations.0.source.url: "https://a.example/{{ id }}"', f"citations.0.source.url (id): {SHARED} address"),
        ('source: {title: T, archive_url: "https://a.example/{{ id }}"}', f"archive_url (id): {SHARED} address"),
        ('source.title: T, assessments: {rating: no, publisher: P, url: "https://a.example/{{ id }}"}',
         f"assessments.0.url (id): {SHARED} address"),
        ('source: {title: T, key: "s/{{ id }}"}', f"source.key (id): {SHARED} key"),
        ('source.title: T, speaker: {name: Ann, key: "p/{{ id }}"}', f"speaker.key (id): {SHARED} key"),
        ('source.title: T, figures: {value: 1, metric.key: "m/{{ id }}"}', f"metric.key (id): {SHARED} key"),
        ("source.url: \"https://a.example/{{ id | default('none') }}\"", None),
        ("source: {title: T, url: \"{{ 'https://a.example/' ~ id if id }}\"}", None),
        ("source.url: \"https://a.example/{{ '?n=' ~ id if id }}\"", None),
    ],
    ids=["source", "citation", "archive", "assessment", "source-key", "speaker-key", "metric-key", "a-default",
         "a-condition-for-all", "a-condition"],
)  # fmt: skip
def test_an_empty_part_of_an_address_or_of_another_records_key_is_an_error_of_its_row(
    member: str, told: str | None, tmp_path: Path
) -> None:
    mapping = f'claim: {{key: "f/{{{{ line }}}}", quote: q, {member}}}\n'
    found = mapped(tmp_path, mapping, {"f.csv": "id,who\n,Ann\n2,Bo\n"})
    assert len(found.told) == (1 if told else 0)
    assert told is None or told in found.told[0]
    assert len(found.rows) == (1 if told else 2)
