"""The site, and beside it the floor that lists are compared with."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from config.urls import urlpatterns as site
from marketplace.models import InstalledAddOn

PAGE = 50
COLUMNS = [
    "sid",
    "account__sid",
    "version__listing__module_info",
    "sealed_configuration",
    "unique_name",
    "date_created",
    "date_updated",
    "version__listing__sid",
]


def bare(request: HttpRequest) -> JsonResponse:
    """The same rows with nothing around them: no credentials, no URLs, no deciphering, no envelope."""
    rows = InstalledAddOn.objects.filter(account__sid=request.GET["account"]).in_api().order_by("-sid")
    return JsonResponse(list(rows.values(*COLUMNS)[:PAGE]), safe=False)


def bare_row(request: HttpRequest) -> JsonResponse:
    """One row, by its SID."""
    rows = InstalledAddOn.objects.filter(account__sid=request.GET["account"]).in_api()
    return JsonResponse(rows.values(*COLUMNS).get(sid=request.GET["sid"]))


urlpatterns = [*site, path("bare", bare), path("bare/row", bare_row)]
