"""Pages of the contract tester: the reports of a listing, and one of them while it is made and after."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import actor_of
from conformance import reports
from conformance.own import chosen, own_listing, versions_of
from conformance.shown import command_of, shown
from publishers.models import ContractReport
from rest.curl import curl
from rest.errors import Refused
from rest.representation import api_url
from rest.sids import is_sid

PAGE_SIZE: Final = 25


@login_required
@require_http_methods(["GET", "POST"])
def contract_reports(request: HttpRequest, sid: str) -> HttpResponse:
    """The reports about the versions of one listing, newest first; a POST asks for one more."""
    listing = own_listing(request, sid)
    versions = versions_of(listing)
    version = chosen(request, listing, versions)
    if request.method == "POST":
        if version is None:
            raise Http404
        try:
            report = reports.request_report(version=version, actor=actor_of(request))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("contract-reports", sid=sid)
        return redirect("contract-report", sid=sid, report_sid=report.sid)
    rows = ContractReport.objects.filter(version__listing=listing).select_related("version", "requested_by")
    before = request.GET.get("before", "")
    if is_sid(before, "CR"):
        rows = rows.filter(sid__lt=before)
    page = list(rows.defer("document").order_by("-sid")[: PAGE_SIZE + 1])
    context = {
        "listing": listing,
        "versions": versions,
        "version": version,
        "reports": page[:PAGE_SIZE],
        "older": page[PAGE_SIZE - 1].sid if len(page) > PAGE_SIZE else "",
        "is_first_page": not is_sid(before, "CR"),
        "command": command_of(listing, version) if version else "",
        "api_call": _api_call(listing.sid, version.sid) if version else "",
    }
    return render(request, "publish/test/reports.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def contract_report(request: HttpRequest, sid: str, report_sid: str) -> HttpResponse:
    """One report; while it is made the page asks for itself again. A POST cancels it."""
    listing = own_listing(request, sid)
    rows = ContractReport.objects.filter(version__listing=listing).select_related("version", "requested_by")
    if not is_sid(report_sid, "CR"):
        raise Http404
    report = get_object_or_404(rows, sid=report_sid)
    report.version.listing = listing
    if request.method == "POST":
        try:
            reports.cancel(report=report)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The contract tester stops.")
        return redirect("contract-report", sid=sid, report_sid=report.sid)
    context: dict[str, Any] = {
        "listing": listing,
        "version": report.version,
        "report": shown(report),
        "api_call": _api_call(listing.sid, report.version.sid),
    }
    return render(request, "publish/test/report.html", context)


def _api_call(listing_sid: str, version_sid: str) -> str:
    return curl("POST", api_url("marketplace", "contract-reports", listing_sid, version_sid), [])
