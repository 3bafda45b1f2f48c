"""How much two names look like one company's: a figure between 0 and 1, by rapidfuzz on top of the readings of a name.

Every word of both names has to find its partner. A word that only one of them has (“Acme Holding”, “Acme”) makes them
two companies that are related at most, and words that contradict each other (“Nordwind Energie”, “Nordwind Logistik”,
“School 5”, “School 7”) make them two: both stay below ``LOOKALIKE``, however long the rest is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from deals.identity.comparison import Reading, as_one_word, compared, consonants, neighbours_joined

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKALIKE = 0.6
"""From here on two names are taken for candidates of one company (deal rules, section 3)."""

ONE_HAS_MORE = 0.55
CONTRADICTING = 0.4
ANOTHER_SCRIPT = 0.85
"""A name that meets another only without its vowels."""

SHORTEST_SKELETON = 4
LETTERS_A_SLIP = 6
"""A slip of the keyboard is forgiven in words of so many letters, a second in words of twice as many, and none in the
first letter."""


def likeness(one_key: str, other_key: str) -> float:
    """Return how alike two name keys are, from 0 to 1."""
    if one_key == other_key:
        return 1.0
    one, other = compared(one_key), compared(other_key)
    crosses = one.is_abjad != other.is_abjad
    return max(_read(mine, theirs, crosses=crosses) for mine in one.readings for theirs in other.readings)


def _read(one: Reading, other: Reading, *, crosses: bool) -> float:
    if not (one.names or one.common) or not (other.names or other.common):
        return 0.0
    if one == other:
        return 1.0
    found = max(_by_words(one, other), _as_one_word(one, other))
    return max(found, _without_vowels(one, other)) if crosses else found


def _by_words(one: Reading, other: Reading) -> float:
    """Pair the words off, whatever their order; each pair weighs as much as its letters."""
    mine, theirs = _rejoined(one.names, other.names), _rejoined(other.names, one.names)
    mine, theirs = [*mine, *one.common], [*theirs, *other.common]
    total = sum(map(len, mine)) + sum(map(len, theirs))
    paired, left, right = 0.0, list(mine), list(theirs)
    for word in sorted(mine, key=len, reverse=True):
        best, alike = _closest(word, right)
        if best:
            paired += alike * (len(word) + len(best))
            left.remove(word)
            right.remove(best)
    share = paired / total
    if left and right:
        return min(share, CONTRADICTING)
    return min(share, ONE_HAS_MORE) if left or right else share


def _closest(word: str, words: Sequence[str]) -> tuple[str, float]:
    """Return the first of ``words`` that is most like ``word``, and how much; nothing where none is."""
    if word in words:
        return word, 1.0
    best, most = "", 0.0
    for other in words:
        if (alike := _alike(word, other)) > most:
            best, most = other, alike
    return best, most


def _rejoined(words: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    """Write two neighbouring words as one where the other name does (“data soft”, “datasoft”)."""
    if len(words) < 2 or not others:  # noqa: PLR2004 - two make neighbours
        return list(words)
    known = set(others)
    for at, joined in neighbours_joined(words):
        if joined in known:
            return [*words[:at], joined, *words[at + 2 :]]
    return list(words)


def _as_one_word(one: Reading, other: Reading) -> float:
    """Compare the names written without spaces, to the letter; common words have to be the same."""
    return float(one.common == other.common and as_one_word(one.names) == as_one_word(other.names))


def _without_vowels(one: Reading, other: Reading) -> float:
    """Compare what a script without vowels leaves, where one of the two is written in such a script."""
    if one.skeleton != other.skeleton or len(one.skeleton) < SHORTEST_SKELETON:
        return 0.0
    mine = [bare for name in one.names if (bare := consonants(name))]
    theirs = [bare for name in other.names if (bare := consonants(name))]
    same = sorted(mine) == sorted(theirs) or "".join(mine) == "".join(theirs)
    return ANOTHER_SCRIPT if same else 0.0


def _alike(word: str, other: str) -> float:
    """Return how alike two words are; 0 where they are two words. Numbers are the same or not."""
    if word == other:
        return 1.0
    if word[0] != other[0]:
        return 0.0
    forgiven = min(len(word), len(other)) // LETTERS_A_SLIP
    # What costs least is asked first: most words are compared with many that are nothing like them.
    if abs(len(word) - len(other)) > forgiven or not forgiven:
        return 0.0
    slips = OSA.distance(word, other, score_cutoff=forgiven)
    if slips > forgiven or _digits(word) != _digits(other):
        return 0.0
    return 1 - slips / max(len(word), len(other))


def _digits(word: str) -> Sequence[str]:
    return [letter for letter in word if letter.isdigit()]
