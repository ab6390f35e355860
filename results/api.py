"""API 2010-04-01: AddOnResults of a recording, their Payloads, and the payloads' Data (contract 4.5)."""

from typing import Any, Final

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.requests import account_of
from recordings.models import Recording
from rest.formats import Resources2010
from results import retention
from results.links import link_of
from results.result_models import AddOnResult, Payload
from results.serializers import AddOnResultOut, PayloadDataOut, PayloadOut

# What is shown of a result; its steps and the definition it was asked by are documents of any size.
SHOWN: Final = (
    "status",
    "date_created",
    "date_updated",
    "date_completed",
    "version__listing__sid",
    "installed_add_on__sid",
)


class AddOnResults(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources2010[AddOnResult]):
    """What add-ons made of one recording."""

    collection_key, resource_name = "add_on_results", "add_on_result"
    serializer_class = AddOnResultOut

    def get_queryset(self) -> QuerySet[AddOnResult]:
        results = _results_of(self).select_related("version__listing", "installed_add_on")
        return results.only(*SHOWN)

    def destroy(self, request: Request, /, **_: str) -> Response:
        retention.delete_result(get_object_or_404(_results_of(self), sid=self.kwargs["sid"]))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Payloads(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources2010[Payload]):
    """What one result consists of."""

    collection_key, resource_name = "payloads", "payload"
    serializer_class = PayloadOut

    def get_queryset(self) -> QuerySet[Payload]:
        payloads = _payloads_of(self).select_related("result__version__listing", "result__installed_add_on")
        below = ("result__version__listing__sid", "result__installed_add_on__sid")
        return payloads.only("label", "content_type", "date_created", "date_updated", *below)

    def destroy(self, request: Request, /, **_: str) -> Response:
        retention.delete_payload(get_object_or_404(_payloads_of(self), sid=self.kwargs["sid"]))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PayloadData(Resources2010[Payload]):
    """The way to a payload's bytes: a signed link, as `Location` and in the body."""

    collection_key, resource_name = "data", "data"
    serializer_class = PayloadDataOut
    success = {"retrieve": status.HTTP_307_TEMPORARY_REDIRECT}

    def get_queryset(self) -> QuerySet[Payload]:
        return _payloads_of(self)

    def retrieve(self, request: Request, /, **_: str) -> Response:
        link = link_of(self.get_object())
        # Whoever reads the link reads the payload: it is kept nowhere on its way.
        headers = {"Location": link, "Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
        return Response({"redirect_to": link}, status.HTTP_307_TEMPORARY_REDIRECT, headers=headers)


def _results_of(view: Resources2010[Any]) -> QuerySet[AddOnResult]:
    """The results of the recording that the path names, of the caller's account."""
    own = Recording.objects.of(account_of(view.request)).kept().only("sid")
    recording = get_object_or_404(own, sid=view.kwargs["recording_sid"])
    return AddOnResult.objects.filter(recording=recording).kept()


def _payloads_of(view: Resources2010[Any]) -> QuerySet[Payload]:
    """The payloads of the result that the path names."""
    result = get_object_or_404(_results_of(view).only("sid"), sid=view.kwargs["result_sid"])
    return Payload.objects.filter(result=result).kept()
