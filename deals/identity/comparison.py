"""The comparison key: what a name sounds like in Latin letters, its common words abbreviated to one form.

Never shown and never an identity: it finds names that may be one company's, and a person decides. Everything is derived
from the name key, so that two names with one name key have one comparison key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from anyascii import anyascii

from deals.identity.names import MAX_NAME_KEY, fold
from deals.identity.words import ABBREVIATIONS, COMMON, ENDINGS, PHRASES, STOPWORDS

LONGEST_PHRASE = 3
SHORTEST_BEGINNING = 3
"""Letters that an abbreviation by cutting off has at least (“spoldz” for “spółdzielnia”)."""

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_ABJAD = re.compile(r"[\u0590-\u05ff\u0600-\u06ff\u0750-\u077f]")
_DIGRAPHS = (
    # One sound, written in as many ways as there are languages in Latin letters.
    (r"shch|sch|tsch", "sh"),
    (r"tch|cz", "ch"),
    (r"sz", "sh"),
    (r"ph", "f"),
    (r"th", "t"),
    (r"ae", "a"),
    (r"oe", "o"),
    (r"ue", "u"),
)
_LETTERS = (
    (r"shch", "sh"),
    (r"[kg]h", "h"),
    (r"zh", "z"),
    (r"ck|q|c(?!h)", "k"),
    (r"w", "v"),
    (r"x", "ks"),
    (r"ts|tz|dz", "z"),
    (r"[jy]", "i"),
    (r"([a-z])\1+", r"\1"),
)
_SOUNDS = tuple((re.compile(pattern), sound) for pattern, sound in (*_DIGRAPHS, *_LETTERS))
_TRANSLITERATED = tuple((re.compile(pattern), sound) for pattern, sound in _LETTERS)
_DOUBLED = re.compile(r"([a-z])\1+")
_VOWELS = re.compile(r"[aeiouvhy]")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name: ``names`` are the company's own words, ``common`` those that many share, sorted."""

    names: tuple[str, ...]
    common: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return what the trigram index holds: the company's own words, or the common ones where it has no other."""
        return " ".join(self.names or self.common)[:MAX_NAME_KEY].strip()

    @property
    def shared(self) -> str:
        """Return the common words beside the company's own."""
        return " ".join(self.common)[:MAX_NAME_KEY].strip() if self.names else ""

    @property
    def skeleton(self) -> str:
        """Return the consonants of the company's own words in alphabetical order, and the common words.

        So a script is met that writes no vowels, whatever the order and the spaces; ``likeness`` looks closer.
        """
        bare = "".join(sorted("".join(map(consonants, self.names))))
        return f"{bare} {self.shared}".strip()[:MAX_NAME_KEY] if bare else ""


@dataclass(frozen=True, slots=True)
class Compared:
    """A name as it is compared: by what its words mean, and by sound alone.

    ``is_abjad`` says whether the name is in a script that writes no vowels.
    """

    by_meaning: Reading
    by_sound: Reading
    is_abjad: bool

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Return both readings, or the one where they are the same."""
        return (self.by_meaning,) if self.by_meaning == self.by_sound else (self.by_meaning, self.by_sound)


@lru_cache(maxsize=4096)
def compared(name_key: str) -> Compared:
    """Return how a name is compared, from its name key."""
    return Compared(_by_meaning(name_key), _by_sound(name_key), bool(_ABJAD.search(name_key)))


def searched(name_key: str) -> tuple[Reading, ...]:
    """Return the readings under which a name is found: by sound too where it is not in Latin letters, or all common."""
    both = compared(name_key)
    needs_sound = not name_key.isascii() or not both.by_meaning.names
    readings = both.readings if needs_sound else (both.by_meaning,)
    return tuple(reading for reading in readings if reading.words)


def readings_of(name_key: str) -> list[list[str]]:
    """Return what is stored with a customer, for the search table: words, shared words and skeleton of each reading."""
    return [[reading.words, reading.shared, reading.skeleton] for reading in searched(name_key)]


def _by_meaning(name_key: str) -> Reading:
    names: list[str] = []
    common: list[str] = []
    words = [part for written in _phrased(name_key.split()) for part in _parts(written)]
    for word in _without_little(words):
        forms = _common_forms(word)
        if forms:
            common += forms
        else:
            names.append(sounded(word))
    return Reading(tuple(filter(None, names)), tuple(sorted(common)))


def _by_sound(name_key: str) -> Reading:
    return Reading(tuple(filter(None, map(sounded, _without_little(name_key.split())))), ())


def _without_little(words: list[str]) -> list[str]:
    return [word for word in words if word not in STOPWORDS] or words


def consonants(word: str) -> str:
    """Return the consonants of a word in Latin letters, doubled ones once."""
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", word))


@lru_cache(maxsize=65_536)
def sounded(word: str) -> str:
    """Return ``word`` in Latin letters, sounds that languages write differently written in one way."""
    text = re.sub(r"[^a-z0-9]", "", anyascii(word).lower())
    # What another script was turned into letter by letter holds no digraph of Polish or German.
    for pattern, sound in _SOUNDS if word.isascii() else _TRANSLITERATED:
        text = pattern.sub(sound, text)
    return text


def _parts(word: str) -> list[str]:
    """Return the words inside one of Han script, which writes no spaces; any other word as it is."""
    if not _HAN.search(word):
        return [word]
    return [part for part in _han_words().split(word) if part]


def _phrased(words: list[str]) -> list[str]:
    """Bring each phrase to the common word that it is, the longest first."""
    phrases, done, at = _phrases(), [], 0
    while at < len(words):
        for count in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
            if short := phrases.get(" ".join(words[at : at + count])):
                done += short.split()
                at += count
                break
        else:
            done.append(words[at])
            at += 1
    return done


@lru_cache(maxsize=65_536)
def _common_forms(word: str) -> tuple[str, ...]:
    """Return the one form of a common word, of several where it abbreviates them; none of the company's own word."""
    return tuple(_forms(word))


def _forms(word: str) -> list[str]:
    if spelled_out := _abbreviations().get(word):
        return spelled_out
    whole, _stems = _vocabulary()
    if form := whole.get(word):
        return [form]
    if parts := _compound(word):
        return parts
    if form := _stem(word):
        return [form]
    form = _cut_off().get(word, "") if len(word) >= SHORTEST_BEGINNING else ""
    return [form] if form else []


def _compound(word: str) -> list[str]:
    """Take a compound apart, as German writes them: both parts have to be common words (“Versicherungsagentur”)."""
    whole, _stems = _vocabulary()
    for at in range(SHORTEST_BEGINNING + 1, len(word) - SHORTEST_BEGINNING + 1):
        ending = word[at:]
        second = whole.get(ending) if len(ending) > SHORTEST_BEGINNING or ending in ENDINGS else None
        if second and (first := whole.get(word[:at]) or whole.get(word[:at].removesuffix("s")) or _stem(word[:at])):
            return [first, second]
    return []


def _stem(word: str) -> str:
    """Return the one form of a common word of which the beginning is enough."""
    _whole, stems = _vocabulary()
    return next((form for length in range(len(word), 2, -1) if (form := stems.get(word[:length]))), "")


@cache
def _vocabulary() -> tuple[dict[str, str], dict[str, str]]:
    """Return the common words that are written whole, and those of which the beginning is enough."""
    whole: dict[str, str] = {}
    stems: dict[str, str] = {}
    for form, words in COMMON.items():
        for word in words.split():
            target = stems if word.endswith("*") else whole
            target[fold(word.rstrip("*")).replace(" ", "")] = form
        whole.setdefault(form, form)
    return whole, stems


@cache
def _cut_off() -> dict[str, str]:
    """Return every beginning of common words that could stand for one of them alone."""
    found: dict[str, set[str]] = {}
    whole, stems = _vocabulary()
    for word, form in [*whole.items(), *stems.items()]:
        for length in range(SHORTEST_BEGINNING, len(word)):
            found.setdefault(word[:length], set()).add(form)
    return {start: forms.pop() for start, forms in found.items() if len(forms) == 1}


@cache
def _abbreviations() -> dict[str, list[str]]:
    return {fold(short): words.split() for short, words in ABBREVIATIONS.items()}


@cache
def _phrases() -> dict[str, str]:
    return {fold(phrase): short for phrase, short in PHRASES.items()}


@cache
def _han_words() -> re.Pattern[str]:
    whole, _stems = _vocabulary()
    found = [word for word in whole if _HAN.fullmatch(word[:1] or " ")]
    ordered = sorted(found, key=lambda word: (-len(word), word))
    return re.compile(f"({'|'.join(map(re.escape, ordered))})")


def as_one_word(words: tuple[str, ...]) -> str:
    """Return the words written without spaces."""
    return _DOUBLED.sub(r"\1", "".join(words))


def neighbours_joined(words: tuple[str, ...]) -> list[tuple[int, str]]:
    """Return every two neighbouring words written as one, with the place of the first."""
    return [(at, first + second) for at, (first, second) in enumerate(pairwise(words))]
