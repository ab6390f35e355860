"""The section Test: the way to the test bench and to the contract tester, and what the last run said."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from publishers.editor.framing import frame
from publishers.editor.readiness import Judged


def test_section(request: HttpRequest, judged: Judged) -> HttpResponse:
    """Nothing is saved here; the pages of tests and reports do that."""
    if request.method == "POST":
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED)
    context = frame("test", judged)
    context["report"] = judged.report
    context["has_older_report"] = judged.version is not None and judged.version.reports.exists()
    return render(request, "publish/editor/test.html", context)
