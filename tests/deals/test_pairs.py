"""A labelled set of pairs of names: which are one company, and how well the product tells (deal rules, section 2)."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from deals.identity import LOOKALIKE, likeness, name_key
from deals.queries.similar import lookalikes_of
from tests.factories.deals import make_account

RECALL, PRECISION = 0.9, 0.98


@dataclass(frozen=True)
class Pair:
    """Two names, how they differ, and whether they are one company's."""

    is_same: bool
    kind: str
    one: str
    other: str

    @property
    def score(self) -> float:
        return likeness(name_key(self.one), name_key(self.other))


def pairs() -> list[Pair]:
    with Path(__file__).with_name("pairs.csv").open(encoding="utf-8", newline="") as file:
        return [Pair(row["same"] == "1", row["kind"], row["one"], row["other"]) for row in csv.DictReader(file)]


@dataclass(frozen=True)
class Quality:
    """How many of the same are found, and how many of the found are the same."""

    precision: float
    recall: float

    @classmethod
    def of(cls, found: list[bool], same: list[bool]) -> Quality:
        hits = sum(f and s for f, s in zip(found, same, strict=True))
        return cls(hits / max(1, sum(found)), hits / sum(same))


def test_pairs_are_told_apart_with_high_precision_and_recall(capsys: pytest.CaptureFixture[str]) -> None:
    known = pairs()
    scores = [pair.score for pair in known]
    same = [pair.is_same for pair in known]
    by_threshold = {
        threshold: Quality.of([score >= threshold for score in scores], same)
        for threshold in (0.5, LOOKALIKE, 0.8, 0.9)
    }
    with capsys.disabled():
        print(f"\n{len(known)} pairs, {sum(same)} of them one company's")  # noqa: T201 - the test is asked to print it
        for threshold, quality in by_threshold.items():
            print(f"  from {threshold}: precision {quality.precision:.3f}, recall {quality.recall:.3f}")  # noqa: T201
    reached = by_threshold[LOOKALIKE]
    assert reached.recall >= RECALL
    assert reached.precision >= PRECISION


def test_every_way_in_which_names_differ_is_met() -> None:
    missed = Counter(pair.kind for pair in pairs() if pair.is_same and pair.score < LOOKALIKE)
    total = Counter(pair.kind for pair in pairs() if pair.is_same)
    assert sum(total.values()) + sum(not pair.is_same for pair in pairs()) >= 300
    assert {kind: missed[kind] for kind in total if missed[kind] > total[kind] / 5} == {}
    assert set(total) == {
        "legal form",
        "punctuation",
        "accents",
        "word order",
        "abbreviation",
        "transliteration",
        "mixed",
    }


def test_likeness_has_no_direction() -> None:
    turned = [
        (pair.one, pair.other)
        for pair in pairs()
        if likeness(name_key(pair.one), name_key(pair.other)) != likeness(name_key(pair.other), name_key(pair.one))
    ]
    assert turned == []


@pytest.mark.django_db
def test_the_search_finds_what_the_comparison_would_accept_among_all_the_others() -> None:
    """The database brings the right one among hundreds of names of the same country, the hard ones included."""
    known = pairs()
    there = {}
    for pair in known:
        if pair.other not in there:
            there[pair.other] = make_account(pair.other, country="PL").pk
    wanted = [pair for pair in known if pair.is_same and pair.score >= LOOKALIKE]
    missed = []
    for pair in wanted:
        found = lookalikes_of(name_key=name_key(pair.one), country="PL", limit=5)
        if there[pair.other] not in [one.account_id for one in found]:
            missed.append((pair.one, pair.other))
    assert missed == []
