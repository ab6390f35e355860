"""Letters, keys and words: which words a row of digits spells on a phone's keypad."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from heapq import nsmallest

KEYS = {"2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz"}
DIGITS = str.maketrans({letter: digit for digit, letters in KEYS.items() for letter in letters})
MOST = 20

# Digits -> the words they spell; longest first.
Index = Mapping[str, list[str]]
# Minus the points, then the text: sorted, the best spelling is first.
Spelling = tuple[int, str]


def index_of(words: Iterable[str]) -> Index:
    """Look words up by what is dialled for them."""
    index: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words, key=len, reverse=True):
        index[word.translate(DIGITS)].append(word)
    return dict(index)


def spellings(digits: str, index: Index, *, shortest: int) -> list[str]:
    """The best ways to write `digits` with words of at least `shortest` letters.

    A word is worth the square of its length, so that one long word beats two short ones. Going from
    the right, the best spellings of a tail are what precedes it plus the best spellings of the rest.
    """
    longest = max(map(len, index))
    tails: list[list[Spelling]] = [[(0, "")]]
    for start in reversed(range(len(digits))):
        options = [(points, digits[start] + rest) for points, rest in tails[0]]
        for length in range(min(longest, len(digits) - start), shortest - 1, -1):
            for word in index.get(digits[start : start + length], ()):
                options += [(points - length**2, word + rest) for points, rest in tails[length - 1]]
        tails.insert(0, nsmallest(MOST, options))
    return [text for points, text in tails[0] if points]
