"""What the API shows of a review, and the parameters it takes."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from publishers import checklist
from publishers.models import ListingVersion, ReviewComment
from publishers.risks import Difference, Risk
from publishers.sections import SECTIONS
from rest.parameters import Choice, Flag, Text
from rest.representation import IsoDate, Out


@dataclass(frozen=True)
class Compared:
    """A version, the one it is compared with, and what is new."""

    version: ListingVersion
    before: ListingVersion | None
    differences: list[Difference]


class DifferenceOut(serializers.Serializer[Difference]):
    """One sentence about what is new."""

    section = serializers.ChoiceField(choices=list(SECTIONS))
    risk = serializers.ChoiceField(choices=[str(risk) for risk in Risk])
    level = serializers.CharField(source="risk.level")
    sentence = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class DifferencesOut(serializers.Serializer[Any]):
    """What a version changes, gravest first."""

    listing_sid = serializers.CharField(source="version.listing.sid")
    version_sid = serializers.CharField(source="version.sid")
    compared_with_sid = serializers.CharField(source="before.sid", allow_null=True)
    differences = DifferenceOut(many=True)


class CommentOut(Out[ReviewComment]):
    """A comment on one section of a version."""

    sid = serializers.CharField()
    listing_sid = serializers.CharField(source="version.listing.sid")
    version_sid = serializers.CharField(source="version.sid")
    section = serializers.ChoiceField(choices=list(SECTIONS))
    text = serializers.CharField()
    written_by = serializers.SerializerMethodField()
    request = serializers.BooleanField(source="is_request")
    resolved = serializers.SerializerMethodField()
    date_resolved = IsoDate(source="resolved_at")
    date_created = IsoDate()
    url = serializers.SerializerMethodField()

    def get_written_by(self, comment: ReviewComment) -> str:
        """People are not named: `operator` or `publisher`."""
        return "operator" if comment.is_operators else "publisher"

    def get_resolved(self, comment: ReviewComment) -> bool:
        return comment.resolved_at is not None

    def get_url(self, comment: ReviewComment) -> str:
        version = comment.version
        return self.url_of("listing-version-comment", version.listing.sid, version.sid, comment.sid)


class ChecklistLineOut(Out[checklist.Line]):
    """An item of the check list, in one review."""

    sid = serializers.CharField(source="item.sid")
    text = serializers.CharField(source="item.text")
    explanation = serializers.CharField(source="item.help_text")
    is_required = serializers.BooleanField(source="item.is_required")
    ticked = serializers.SerializerMethodField()

    def get_ticked(self, line: checklist.Line) -> bool:
        return line.tick is not None


class ChecklistOut(serializers.Serializer[ListingVersion]):
    """The check list of one version."""

    listing_sid = serializers.CharField(source="listing.sid")
    version_sid = serializers.CharField(source="sid")
    items = serializers.SerializerMethodField()

    def get_items(self, version: ListingVersion) -> list[dict[str, Any]]:
        return [dict(ChecklistLineOut(line).data) for line in checklist.lines(version)]


class CommentCreateIn(serializers.Serializer[None]):
    """Parameters of a new comment."""

    Section = Choice(source="section", choices=list(SECTIONS))
    Text = Text(source="text", max_length=ReviewComment.MAX_TEXT_LENGTH)
    Request = Flag(source="is_request", required=False, default=False)


class CommentUpdateIn(serializers.Serializer[None]):
    """Parameters of a change of a comment."""

    Resolved = Flag(source="resolved")


class TickIn(serializers.Serializer[None]):
    """Parameters of a tick."""

    Item = Text(source="item", max_length=34)
    Ticked = Flag(source="ticked", required=False, default=True)
