"""Anagram: the words a phone number spells on the keypad, like +18778TWILIO."""

from pathlib import Path

import phonenumbers

from examples.publishers.desk import Service
from examples.publishers.question import JSON, CannotAnswer, Question
from examples.publishers.vanity_words.keypad import index_of, spellings
from examples.publishers.verification import key_in_query

STYLES = ("upper", "lower")
SHORTEST = range(3, 8)


def read_words(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


INDEX = index_of(read_words(Path(__file__).with_name("words.txt")))


def answer(question: Question) -> JSON:
    """Spell the number. The country code stays: nobody recognises a number without it."""
    number = question.text("number")
    shortest = question.integer("shortest", SHORTEST, default=4)
    style = question.choice("style", STYLES, default="upper")
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise CannotAnswer("this is not a phone number in E.164 form, like +18778894546") from error
    found = spellings(phonenumbers.national_significant_number(parsed), INDEX, shortest=shortest)
    written = [text.upper() if style == "upper" else text for text in found]
    return {
        "number": phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164),
        "anagrams": [f"+{parsed.country_code}{text}" for text in written],
    }


SERVICE = Service(name="Anagram", method="POST", path="/v1/anagrams", credential=key_in_query, answer=answer)
