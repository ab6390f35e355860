"""Template tags of reviews."""

import json
from dataclasses import dataclass
from typing import Any, Final

from django import template

from publishers import reviews
from publishers.models import ListingVersion, ReviewComment
from publishers.reviews import DISCUSSED, ThreadSection
from publishers.risks import Level, Risk
from publishers.sections import SECTIONS, Section

register = template.Library()

# As many characters of a document are shown at once; a whole policy has a million.
MAX_SHOWN: Final = 20_000
# The state's look (`components/status.html`) of each level.
LOOKS: Final = {Level.HIGH: "failed", Level.MEDIUM: "late", Level.LOW: "draft"}


@dataclass(frozen=True)
class Thread:
    """The comments of a version, and what may be said to it."""

    sections: list[ThreadSection]
    open_requests: int
    is_open: bool
    choices: list[Section]
    max_length: int = ReviewComment.MAX_TEXT_LENGTH

    @property
    def requests_word(self) -> str:
        """How many changes the publisher is still asked for."""
        return f"{self.open_requests} requested change{'' if self.open_requests == 1 else 's'} open"


@dataclass(frozen=True)
class Wait:
    """Where a version stands in the queue of the operators, and how long a review takes, in words."""

    place: int
    usual: str


@register.simple_tag
def review_thread(version: ListingVersion) -> Thread:
    """What operator and publisher say to each other about a version."""
    sections = reviews.thread(version)
    comments = [each for section in sections for each in section.comments]
    is_open = version.status in DISCUSSED
    asked = sum(each.is_request and each.resolved_at is None for each in comments)
    return Thread(sections, asked, is_open, list(SECTIONS.values()))


@register.simple_tag
def review_wait(version: ListingVersion) -> Wait | None:
    """None for a version that does not wait for a decision."""
    place = reviews.place_in_queue(version)
    return Wait(place, _in_words(reviews.median_hours())) if place else None


@register.filter
def json_text(value: Any) -> str:
    """A JSON value as people read it; a text as it is."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


@register.filter
def risk_look(risk: Risk) -> str:
    """The look of a risk's badge."""
    return LOOKS[risk.level]


def _in_words(hours: float | None) -> str:
    if hours is None:
        return ""
    if hours < 1:
        return "less than an hour"
    whole, unit = (round(hours), "hour") if hours < 48 else (round(hours / 24), "day")  # noqa: PLR2004 - two days
    return f"{whole} {unit}{'' if whole == 1 else 's'}"
