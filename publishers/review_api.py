"""The review of a version by REST, our own extension: what it changes, comments, and the check list."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, status
from rest_framework.exceptions import NotFound as NoSuchRow
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.requests import account_of, actor_of, is_operator
from accounts.scopes import Scope
from publishers import checklist, reviews
from publishers.api import role_in
from publishers.differences import content_of, differences
from publishers.models import ListingVersion, ReviewComment
from publishers.review_serializers import (
    ChecklistOut,
    CommentCreateIn,
    CommentOut,
    CommentUpdateIn,
    Compared,
    DifferencesOut,
    TickIn,
)
from publishers.versions import OperatorsDecision, Role
from rest.views import Resources, Row


class OfVersion(Resources[Row]):
    """What belongs to the version in the path: for its publisher and operators, a 404 for everybody else."""

    scope, is_review = Scope.PUBLISHING, True

    def version(self) -> ListingVersion:
        """The version, with its listing and publisher."""
        own = ListingVersion.objects.filter(listing__publisher__account=account_of(self.request))
        reachable = ListingVersion.objects.all() if is_operator(self.request) else own
        return get_object_or_404(
            reachable.select_related("listing__publisher__account"),
            listing__sid=self.kwargs["listing_sid"],
            sid=self.kwargs["version_sid"],
        )


class Differences(OfVersion[ListingVersion]):
    """What a version changes, from the one published before it."""

    serializer_class = DifferencesOut
    queryset = ListingVersion.objects.none()

    def retrieve(self, request: Request, listing_sid: str, version_sid: str) -> Response:
        version = self.version()
        before = reviews.baseline_of(version)
        found = differences(content_of(before) if before else None, content_of(version))
        return Response(self.get_serializer(Compared(version, before, found)).data)


class Comments(mixins.ListModelMixin, mixins.RetrieveModelMixin, OfVersion[ReviewComment]):
    """What operator and publisher say about a version."""

    collection_key = "comments"
    serializer_class = CommentOut
    parameters = {"create": CommentCreateIn, "update": CommentUpdateIn}

    def get_queryset(self) -> QuerySet[ReviewComment]:
        rows = ReviewComment.objects.filter(version=self.version())
        return rows.select_related("version__listing__publisher__account")

    @idempotent
    def create(self, request: Request, listing_sid: str, version_sid: str) -> Response:
        version = self.version()
        data = CommentCreateIn(data=request.data)
        data.is_valid(raise_exception=True)
        role = role_in(request, version.listing)
        made = reviews.comment(version=version, role=role, actor=actor_of(request), **data.validated_data)
        return self.answer(made, status.HTTP_201_CREATED)

    @idempotent
    def update(self, request: Request, listing_sid: str, version_sid: str, sid: str) -> Response:
        comment = self.get_object()
        data = CommentUpdateIn(data=request.data)
        data.is_valid(raise_exception=True)
        role = role_in(request, comment.version.listing)
        if data.validated_data["resolved"]:
            reviews.resolve(comment=comment, role=role, actor=actor_of(request))
        else:
            reviews.reopen(comment=comment, role=role, actor=actor_of(request))
        return self.answer(comment)


class Checklist(OfVersion[ListingVersion]):
    """What an operator looked at in one version; for operators alone."""

    serializer_class = ChecklistOut
    queryset = ListingVersion.objects.none()
    parameters = {"update": TickIn}

    def retrieve(self, request: Request, listing_sid: str, version_sid: str) -> Response:
        return self._answer(self._operators_version())

    @idempotent
    def update(self, request: Request, listing_sid: str, version_sid: str) -> Response:
        version = self._operators_version()
        data = TickIn(data=request.data)
        data.is_valid(raise_exception=True)
        item = checklist.items().filter(sid=data.validated_data["item"]).first()
        if item is None:
            raise NoSuchRow
        done = checklist.tick if data.validated_data["ticked"] else checklist.untick
        done(version=version, item=item, actor=actor_of(request))
        return self._answer(version)

    def _operators_version(self) -> ListingVersion:
        version = self.version()
        if role_in(self.request, version.listing) is not Role.OPERATOR:
            raise OperatorsDecision("Forbidden: the check list is for operators")
        return version

    def _answer(self, version: ListingVersion) -> Response:
        return Response(self.get_serializer(version).data)
