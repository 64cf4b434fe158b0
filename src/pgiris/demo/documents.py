"""2,000 short texts, each about one topic, with embeddings that are near to each other when the texts are.

**The embedding** of a text is a hashed bag of words with signs (the hashing trick), with 64 dimensions:

1. The words of the title and the body are its runs of letters, in lower case; those of fewer than four letters say
   too little and are left out.
2. Each occurrence of a word adds 1 or -1 to one of the 64 numbers. With h the 64-bit FNV-1a hash of the word in UTF-8,
   the number is the one at index h mod 64, from 0, and it is -1 if bit 63 of h is set, else 1.
3. The vector is divided by its Euclidean length, and each number rounded to six decimals. A text without words has
   the zero vector.

So two texts are near by cosine, inner product and Euclidean distance alike when they share many words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from pgiris.demo.numbers import MASK, below, choose, words

DOCUMENTS: Final = 2_000
DIMENSIONS: Final = 64
SHORTEST_WORD: Final = 4

FNV_OFFSET: Final = 0xCBF29CE484222325
FNV_PRIME: Final = 0x100000001B3

TOPICS: Final = {
    "astronomy": "comet galaxy telescope orbit nebula planet eclipse supernova asteroid observatory moon constellation",
    "baking": "flour dough oven yeast crust butter sourdough pastry loaf kneading rye cinnamon",
    "botany": "petal stamen blossom meadow pollen iris root leaf stem orchid bulb seedling",
    "chess": "knight bishop opening gambit endgame pawn castling checkmate tournament rook queen stalemate",
    "medicine": "patient clinic diagnosis therapy vaccine surgeon pulse symptom laboratory dosage recovery nurse",
    "music": "violin melody chord rhythm orchestra concert tenor sonata drum harmony choir composer",
    "railways": "locomotive station track signal carriage timetable tunnel platform conductor junction express freight",
    "sailing": "harbour mast anchor keel wind rudder regatta tide canvas skipper buoy jib",
    "geology": "granite basalt fault crystal sediment volcano mineral erosion quartz fossil strata magma",
    "weather": "storm pressure rainfall cloud thunder frost forecast humidity breeze hail drought barometer",
}
QUALITIES: Final = words(
    "ancient bright careful distant famous gentle little modern narrow patient quiet rare strange young"
)
DEEDS: Final = words(
    "changed described explained followed improved joined opened reached reminded surprised taught waited"
)
TITLES: Final = ("Notes on the {0} and the {1}", "How the {0} met the {1}", "A {2} {0}", "The {0}, the {1} and us")
SENTENCES: Final = (
    "The {2} {0} {3} the {1}.",
    "Nobody had expected that a {0} so {2} would be near the {1}.",
    "In the end the {1} {3} every {0}.",
    "For the {0} and the {1} it was a {2} day.",
    "A {0} without a {1} is a {2} thing.",
)


class Document(NamedTuple):
    """A row of table ``document``."""

    id: int
    topic: str
    title: str
    body: str
    embedding: str


def embed(text: str) -> list[float]:
    """The embedding of a text; the module's docstring says how it is computed."""
    sums = [0] * DIMENSIONS
    for is_word, letters in groupby(text.lower(), str.isalpha):
        word = "".join(letters)
        if is_word and len(word) >= SHORTEST_WORD:
            hashed = fnv1a(word.encode())
            sums[hashed % DIMENSIONS] += -1 if hashed >> 63 else 1
    length = math.sqrt(sum(number * number for number in sums))
    return [round(number / length, 6) for number in sums] if length else [0.0] * DIMENSIONS


def fnv1a(data: bytes) -> int:
    """The 64-bit FNV-1a hash (RFC 9923)."""
    hashed = FNV_OFFSET
    for byte in data:
        hashed = ((hashed ^ byte) * FNV_PRIME) & MASK
    return hashed


def vector(numbers: list[float]) -> str:
    """A vector as it is written in SQL."""
    return f"[{','.join(f'{number:g}' for number in numbers)}]"


def documents() -> Iterator[Document]:
    """All documents; the topics take turns."""
    topics = [(topic, words(nouns)) for topic, nouns in TOPICS.items()]
    for number in range(1, DOCUMENTS + 1):
        topic, nouns = topics[(number - 1) % len(topics)]
        title = _fill(choose(TITLES, 1, number), nouns, number, 0)
        count = 3 + below(4, 2, number)
        body = " ".join(_fill(choose(SENTENCES, 3, number, at), nouns, number, at) for at in range(1, count + 1))
        yield Document(number, topic, title, body, vector(embed(f"{title} {body}")))


def _fill(form: str, nouns: Sequence[str], number: int, at: int) -> str:
    first = below(len(nouns), 4, number, at)
    second = (first + 1 + below(len(nouns) - 1, 5, number, at)) % len(nouns)
    return form.format(nouns[first], nouns[second], choose(QUALITIES, 6, number, at), choose(DEEDS, 7, number, at))
