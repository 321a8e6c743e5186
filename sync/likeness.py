"""Titles that read alike: which of ours may be which of theirs, without comparing all. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from rapidfuzz import fuzz, process

RAREST = 4
"""Words of a title, the rarest first, of which another must have one to be compared with it."""
END = 4
"""Characters at either end of a title that do as well as a shared word."""
MOST = 200
"""Titles that one is compared with, beside those with the same words: what it shares with more
others than that (`As a user I want`) says little of it."""
ENOUGH = 3
"""Words that must all be in the longer title for the shorter to be a part of it."""
SPELT = 75
"""From 0 to 100: how alike two words must be to be one, in another spelling or number."""
SHORT = 3
"""Letters up to which a word has one spelling: `TUI` is not `UI`."""
_FILLERS = """a an and by for from in is it its of on or that the this to with
das dem den der die ein eine einen fur im mit und von zu
au aux de des du et la le les pour un une
con del el en las los para por una y"""
FILLERS = frozenset(_FILLERS.split())
"""Words that tell no title from another."""
_WORDS = re.compile(r"[^\W_]+")
_NUMBERS = re.compile(r"\d+|\b(?:[b-hj-z]|ii|iii|iv|vi|vii|viii|ix)\b")
"""What tells one of several from the others: `Story 12`, `Phase B`, `Part II`."""
Alike: TypeAlias = dict[tuple[str, str], float]
"""Title of ours and of theirs → how alike they are, up to 1."""


class Phrase(NamedTuple):
    """A title taken apart; case, accents and signs do not count."""

    title: str
    words: tuple[str, ...]
    """In the order of the alphabet: `Card: pay` reads as `Pay card` does."""
    text: str
    """The words in that order."""
    compact: str
    """The words in their own order, without what parts them: `check-out` is `checkout`."""
    numbers: tuple[str, ...]
    """And single letters. Titles with others in them are other titles, however alike."""

    @classmethod
    def of(cls, title: str) -> Phrase:
        plain = _folded(title)
        said = _said(plain)
        words = tuple(sorted(said))
        numbers = tuple(sorted(_NUMBERS.findall(plain)))
        return cls(title, words, " ".join(words), "".join(said), numbers)


@dataclass
class Likeness:
    """Finds titles that read alike, and counts what that took."""

    least: float
    """From 0 to 1: how alike two titles must be."""
    comparisons: int = field(default=0)

    def pairs(self, ours: Iterable[str], theirs: Iterable[str]) -> Alike:
        """Only titles with the same numbers in them; from `least` to 1, rounded to hundredths."""
        left = _by_numbers(ours)
        right = left if theirs is ours else _by_numbers(theirs)
        found: Alike = {}
        for numbers in sorted(left.keys() & right.keys()):
            found |= self._alike(left[numbers], right[numbers])
        return found

    def _alike(self, ours: Sequence[Phrase], theirs: Sequence[Phrase]) -> Alike:
        index: dict[str, list[int]] = defaultdict(list)
        rank = Counter(word for one in (*ours, *theirs) for word in set(one.words))
        signs = [_signs(one, rank) for one in theirs]
        for at, those in enumerate(signs):
            for sign in those:
                index[sign].append(at)
        found: Alike = {}
        own = signs if ours is theirs else [_signs(one, rank) for one in ours]
        for one, those in zip(ours, own, strict=True):
            near = _near(those, index)
            self.comparisons += len(near)
            for other, score in self._scored(one, [theirs[at] for at in near]):
                pair = one.title, other.title
                found[pair] = max(score, found.get(pair, 0.0))
        return found

    def _scored(self, one: Phrase, others: Sequence[Phrase]) -> Iterator[tuple[Phrase, float]]:
        ways = ((one.text, [o.text for o in others]), (one.compact, [o.compact for o in others]))
        for mine, all_of_theirs in ways:
            for _, score, at in process.extract(
                mine, all_of_theirs, scorer=fuzz.ratio, score_cutoff=self.least * 100, limit=None
            ):
                yield others[at], round(score / 100, 2)
        words = set(one.words)
        for other in others:
            if words.issubset(other.words) or words.issuperset(other.words):
                score = _part(one, other)
                if score >= self.least:
                    yield other, score


def told_apart(one: str, other: str) -> bool:
    """Does each of two titles have a word that the other has not, in no spelling of it?

    `Export as PDF` is not `Export as CSV`, as alike as they read.
    """
    mine, theirs = _said(_folded(one)), _said(_folded(other))
    ours, yours = _beyond(mine, theirs), _beyond(theirs, mine)
    if _spelt_alike("".join(ours), "".join(yours)):  # `style sheets` and `stylesheets`
        return False
    return _strange(ours, yours) and _strange(yours, ours)


def _beyond(words: Sequence[str], others: Collection[str]) -> list[str]:
    return [word for word in words if word not in others and word not in FILLERS]


def _strange(words: Sequence[str], others: Sequence[str]) -> bool:
    """Is there one of the words that is none of the others?"""
    return any(not any(_spelt_alike(word, other) for other in others) for word in words)


def _spelt_alike(one: str, other: str) -> bool:
    return min(len(one), len(other)) > SHORT and fuzz.ratio(one, other) >= SPELT


def _folded(title: str) -> str:
    """Without case, accents and apostrophes."""
    folded = unicodedata.normalize("NFKD", title.casefold())
    return "".join(o for o in folded if not unicodedata.combining(o) and o not in "'’")


def _said(folded: str) -> list[str]:
    return _WORDS.findall(folded) or folded.split()


def _near(signs: Iterable[str], index: Mapping[str, Sequence[int]]) -> list[int]:
    """Who is to be compared with: those who share the rarest signs, as far as there is room."""
    near: set[int] = set()
    for block in sorted((index.get(sign, ()) for sign in signs), key=lambda one: (len(one), one)):
        if near and len(near) + len(block) > MOST:
            break
        near.update(block[:MOST])
    return sorted(near)


def _part(one: Phrase, other: Phrase) -> float:
    """How alike two titles are of which one has all words of the other: half, and its share."""
    few, many = sorted((len(one.words), len(other.words)))
    return round(0.5 + few / many / 2, 2) if few >= ENOUGH else 0.0


def _by_numbers(titles: Iterable[str]) -> dict[tuple[str, ...], list[Phrase]]:
    found: dict[tuple[str, ...], list[Phrase]] = defaultdict(list)
    for title in sorted(set(titles)):
        phrase = Phrase.of(title)
        if phrase.words:
            found[phrase.numbers].append(phrase)
    return found


def _signs(phrase: Phrase, rank: Mapping[str, int]) -> set[str]:
    """What of a title another must have too, one of it at least, to be compared with it."""
    rarest = sorted(set(phrase.words), key=lambda word: (rank[word], word))[:RAREST]
    ends = f"^{phrase.compact[:END]}", f"{phrase.compact[-END:]}$"
    return {*rarest, *ends, f"={phrase.text}", f"={phrase.compact}"}
