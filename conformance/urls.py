"""Pages of the test bench and of contract reports, under /publish/."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def todo(request: HttpRequest, **sids: str) -> HttpResponse:
    """Stands for a page that is being built."""
    return HttpResponse(status=501)


urlpatterns = [
    path("listings/<sid:sid>/test/", todo, name="test-bench"),
    path("listings/<sid:sid>/test/cases/<sid:case_sid>/", todo, name="bench-case"),
    path("listings/<sid:sid>/test/runs/<sid:run_sid>/", todo, name="bench-run"),
    path("listings/<sid:sid>/reports/", todo, name="contract-reports"),
    path("listings/<sid:sid>/reports/<sid:report_sid>/", todo, name="contract-report"),
]
