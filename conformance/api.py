"""Contract reports by REST: our own extension of the Listing API."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.idempotency import idempotent
from accounts.requests import account_of, actor_of, is_operator
from accounts.scopes import Scope
from conformance import reports
from conformance.serializers import ReportIn, ReportOut
from publishers.models import ContractReport, Listing, ListingVersion
from rest.views import Resources


class ContractReports(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources[ContractReport]):
    """The reports about one version, for its publisher and for operators; a 404 for everybody else."""

    scope, is_review = Scope.PUBLISHING, True
    collection_key = "reports"
    serializer_class = ReportOut
    parameters = {"create": ReportIn}

    def get_queryset(self) -> QuerySet[ContractReport]:
        rows = ContractReport.objects.filter(version=self._version())
        rows = rows.select_related("version__listing__publisher__account").defer("version__definition")
        return rows.defer("document") if self.action == "list" else rows

    @idempotent
    def create(self, request: Request, listing_sid: str, version_sid: str) -> Response:
        version = self._version()
        is_own = version.listing.publisher.account_id == account_of(request).pk
        report = reports.request_report(version=version, actor=actor_of(request), is_operators=not is_own)
        report.version = version
        return self.answer(report, status.HTTP_201_CREATED)

    def _version(self) -> ListingVersion:
        own = Listing.objects.of(account_of(self.request))
        reachable = Listing.objects.all() if is_operator(self.request) else own
        versions = ListingVersion.objects.filter(
            listing__in=reachable, listing__sid=self.kwargs["listing_sid"]
        )
        found = versions.select_related("listing__publisher__account")
        return get_object_or_404(found, sid=self.kwargs["version_sid"])
