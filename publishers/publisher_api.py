"""Publishers by REST, our own extension: an account's own, and all of them for operators."""

from dataclasses import asdict
from typing import cast

from django.db.models import QuerySet
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import Caller
from accounts.idempotency import idempotent
from accounts.models import Account, Membership, Role
from accounts.requests import account_of, actor_of, is_operator
from accounts.scopes import Scope
from accounts.services import OperatorsOnly
from publishers import applications
from publishers.applications import OwnersOnly, Profile
from publishers.models import Publisher
from publishers.publisher_serializers import DecisionIn, ProfileIn, PublisherOut
from rest.errors import NotFound
from rest.views import Resources


class OwnPublisher(Resources[Account]):
    """The caller as a publisher: apply, read how that went, and say who one is."""

    scope = Scope.PUBLISHING
    serializer_class = PublisherOut
    parameters = {"update": ProfileIn}

    def get_queryset(self) -> QuerySet[Account]:
        account = account_of(self.request)
        return Account.objects.filter(pk=account.pk, publisher__isnull=False).select_related("publisher")

    def retrieve(self, request: Request) -> Response:
        return self.answer(self._own())

    @idempotent
    def update(self, request: Request) -> Response:
        """The first time, and after it was declined, an application; else a change."""
        data = ProfileIn(data=request.data)
        data.is_valid(raise_exception=True)
        account, actor = account_of(request), actor_of(request)
        publisher = Publisher.objects.filter(account=account).first()
        known = asdict(applications.profile_of(publisher)) if publisher else NOTHING
        profile = Profile(**{**known, **data.validated_data})
        if publisher and publisher.status != Publisher.Status.DECLINED:
            applications.change_profile(publisher=publisher, profile=profile, actor=actor)
        else:
            _check_owner(request)
            applications.apply(account=account, profile=profile, actor=actor)
        return self.answer(self._own())

    def _own(self) -> Account:
        account = self.get_queryset().first()
        if account is None:
            raise NotFound(
                "The requested resource /Publisher was not found: this account is not a publisher yet; an "
                "owner applies with a POST to it"
            )
        return account


NOTHING = {"name": "", "about": "", "contact_name": "", "contact_email": ""}


class Publishers(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources[Account]):
    """Every publisher, for operators alone: who applied, and the decision."""

    scope, is_review = Scope.PUBLISHING, True
    collection_key = "publishers"
    serializer_class = PublisherOut
    parameters = {"update": DecisionIn}

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refused before anything is looked up: who may not see publishers learns of none."""
        super().initial(request, *args, **kwargs)
        if not is_operator(request):
            raise OperatorsOnly("Forbidden: an operator’s key is needed for this")

    def get_queryset(self) -> QuerySet[Account]:
        return Account.objects.filter(publisher__isnull=False).select_related("publisher")

    @idempotent
    def update(self, request: Request, sid: str) -> Response:
        account = self.get_object()
        data = DecisionIn(data=request.data)
        data.is_valid(raise_exception=True)
        applications.decide(publisher=account.publisher, actor=actor_of(request), **data.validated_data)
        return self.answer(self.get_object(), status.HTTP_200_OK)


def _check_owner(request: Request) -> None:
    """The account's own token is its owners'; a key applies only if an owner made it."""
    caller = cast(Caller, request.user)
    if caller.api_key is None:
        return
    maker = Membership.objects.filter(account=caller.account, user=caller.api_key.created_by, role=Role.OWNER)
    if not maker.exists():
        raise OwnersOnly(
            "Forbidden: an owner of the account applies, with the account's auth token or a key of theirs"
        )
