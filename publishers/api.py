"""Listings and their versions by REST: contract 3.6 and 3.7, and our own extension `Versions`."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.requests import account_of, actor_of, is_operator
from accounts.scopes import Scope
from publishers import drafts, listing_services
from publishers.drafts import Change
from publishers.models import Listing, ListingVersion
from publishers.serializers import (
    ListingCreateIn,
    ListingOut,
    ListingUpdateIn,
    VersionCreateIn,
    VersionOut,
    VersionUpdateIn,
)
from publishers.versions import BadWish, Role, Wish
from rest.errors import Forbidden
from rest.views import Resources


class Listings(mixins.RetrieveModelMixin, Resources[Listing]):
    """The caller's listings; one by one also what is public, and for an operator every one."""

    scope = Scope.PUBLISHING
    serializer_class = ListingOut
    parameters = {"create": ListingCreateIn, "update": ListingUpdateIn}
    success = {"create": status.HTTP_200_OK}

    def get_queryset(self) -> QuerySet[Listing]:
        account = account_of(self.request)
        readable = Listing.objects.readable_by(account)
        return (Listing.objects.all() if is_operator(self.request) else readable).select_related("publisher")

    def list(self, request: Request) -> Response:
        """The list has no pages (contract 3.6)."""
        rows = Listing.objects.of(account_of(request)).order_by("-sid").values_list("sid", "module_info")
        return Response({"listings": [{"sid": sid, **module_info} for sid, module_info in rows]})

    @idempotent
    def create(self, request: Request) -> Response:
        data = ListingCreateIn(data=request.data)
        data.is_valid(raise_exception=True)
        listing = listing_services.create_listing(account=account_of(request), blocks=data.validated_data)
        return self.answer(listing)  # 200, as the contract has it

    @idempotent
    def update(self, request: Request, sid: str) -> Response:
        listing = self.get_object()
        data = ListingUpdateIn(data=request.data)
        data.is_valid(raise_exception=True)
        changed = listing_services.update_listing(
            listing=listing,
            account=account_of(request),
            blocks=data.validated_data,
            actor=actor_of(request),
        )
        return self.answer(changed)


class Versions(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources[ListingVersion]):
    """The versions of one listing, for its publisher and for operators; a 404 for everybody else."""

    scope, is_review = Scope.PUBLISHING, True
    collection_key = "versions"
    serializer_class = VersionOut
    parameters = {"create": VersionCreateIn, "update": VersionUpdateIn}

    def get_queryset(self) -> QuerySet[ListingVersion]:
        versions = ListingVersion.objects.filter(listing=self._listing())
        return versions.select_related("listing__publisher__account")

    @idempotent
    def create(self, request: Request, listing_sid: str) -> Response:
        listing = self._listing()
        data = VersionCreateIn(data=request.data)
        data.is_valid(raise_exception=True)
        version = drafts.create_draft(
            listing=listing, role=self._role(listing), actor=actor_of(request), **data.validated_data
        )
        return self.answer(version, status.HTTP_201_CREATED)

    @idempotent
    def update(self, request: Request, listing_sid: str, sid: str) -> Response:
        version = self.get_object()
        data = VersionUpdateIn(data=request.data)
        data.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(data.validated_data)
        wanted = Change(
            definition=given.pop("definition"),
            credentials=given.pop("credentials"),
            notes=given.pop("notes"),
            publish_on_approval=given.pop("publish_on_approval"),
            wish=_wish(**given),
        )
        role = self._role(version.listing)
        return self.answer(drafts.change(version=version, change=wanted, role=role, actor=actor_of(request)))

    def destroy(self, request: Request, listing_sid: str, sid: str) -> Response:
        version = self.get_object()
        drafts.delete_draft(version=version, role=self._role(version.listing))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _listing(self) -> Listing:
        own = Listing.objects.of(account_of(self.request))
        reachable = Listing.objects.all() if is_operator(self.request) else own
        return get_object_or_404(reachable.select_related("publisher"), sid=self.kwargs["listing_sid"])

    def _role(self, listing: Listing) -> Role:
        return role_in(self.request, listing)


def role_in(request: Request, listing: Listing) -> Role:
    """Nobody decides on his own versions, and a key for operating publishes nothing. Raises Forbidden."""
    is_own = listing.publisher.account_id == account_of(request).pk
    if is_own and is_operator(request):
        raise Forbidden(
            f"Forbidden: the listing is your own, and this API key lacks the scope {Scope.PUBLISHING}"
        )
    return Role.PUBLISHER if is_own else Role.OPERATOR


def _wish(
    *, status: str | None, reason: str, availability: str | None, publish_at_once: bool | None
) -> Wish | None:
    """The move that is asked for, if any. Raises BadWish for what says nothing without a move."""
    if status is not None:
        return Wish(status=status, reason=reason, availability=availability, publish_at_once=publish_at_once)
    alone = {
        "Reason": bool(reason),
        "Availability": availability is not None,
        "PublishAtOnce": publish_at_once is not None,
    }
    if name := next((name for name, given in alone.items() if given), None):
        raise BadWish(f"Invalid {name}: it is given together with a Status")
    return None
