"""The transcript as it is delivered: text, words, keywords with their times, and no account numbers."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from examples.publishers.question import JSON

LANGUAGE = "en-US"
MOST_KEYWORDS = 20
MASK = "#"
# So many spoken digits in a row may be a number that is nobody's business.
SHORTEST_NUMBER = 4
FEWEST_SURE = 2
DIGIT = re.compile(
    "zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(thir|four|fif|six|seven|eigh|nine)teen|"
    "(twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|double|triple"
)
# What a recogniser hears in place of a digit.
LIKE_DIGIT = re.compile("to|too|for|won|ate")
PLAIN_WORD = re.compile(r"[a-z']+")


@dataclass(frozen=True)
class Word:
    """A word, when it was said, and from 0 to 1 how sure we are."""

    word: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Wishes:
    """What the customer wants, as configured at installation."""

    keywords: str = ""
    mask_digits: bool = True
    word_times: bool = True


def document(words: Sequence[Word], *, seconds: float, wishes: Wishes, knows: Callable[[str], bool]) -> JSON:
    """The transcript, or an error the customer does not pay for."""
    if not words:
        return {"error": "no speech was heard in this recording"}
    shown = list(masked(words)) if wishes.mask_digits else list(words)
    keywords = keywords_of(wishes.keywords)
    found: JSON = {
        "text": " ".join(word.word for word in shown),
        "language": LANGUAGE,
        "duration": seconds,
        "keywords": [_found(keyword, shown) for keyword in keywords],
        "unknown_keywords": [" ".join(keyword) for keyword in keywords if not all(map(knows, keyword))],
    }
    if wishes.word_times:
        found["words"] = [asdict(word) for word in shown]
    return found


def keywords_of(text: str) -> list[tuple[str, ...]]:
    """The keywords of a comma-separated text, each as its words, in order and once."""
    keywords = (tuple(PLAIN_WORD.findall(each)) for each in text.lower().split(","))
    return list(dict.fromkeys(keyword for keyword in keywords if keyword))[:MOST_KEYWORDS]


def masked(words: Iterable[Word]) -> Iterator[Word]:
    """The words, with every digit of a spoken number replaced. Their times stay."""
    run: list[Word] = []
    for word in words:
        if DIGIT.fullmatch(word.word) or LIKE_DIGIT.fullmatch(word.word):
            run.append(word)
            continue
        yield from _run_masked(run)
        run = []
        yield word
    yield from _run_masked(run)


def _run_masked(run: list[Word]) -> Iterable[Word]:
    sure = len([word for word in run if DIGIT.fullmatch(word.word)])
    if len(run) < SHORTEST_NUMBER or sure < FEWEST_SURE:
        return run
    return [replace(word, word=MASK) for word in run]


def _found(keyword: tuple[str, ...], words: Sequence[Word]) -> JSON:
    """Where the keyword was said. It is looked for where digits are masked already."""
    said = [word.word for word in words]
    starts = range(len(said) - len(keyword) + 1)
    times = [words[start].start for start in starts if tuple(said[start : start + len(keyword)]) == keyword]
    return {"keyword": " ".join(keyword), "count": len(times), "times": times}
