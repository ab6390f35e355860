"""Pages of the test bench: send a made-up event, see what came of it, keep it as a case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import user_of
from conformance import bench, bench_events
from conformance.bench import NotYetRight
from conformance.bench_events import Given
from conformance.bench_forms import BenchForms
from conformance.bench_rows import case_rows, page_of, run_rows
from conformance.models import BenchCase, BenchRun
from conformance.own import chosen, own_listing, versions_of
from publishers.contract.definition import Definition
from publishers.contract.points import POINTS
from publishers.models import Listing, ListingVersion
from publishers.sections import section_of_path
from rest.errors import Refused
from rest.sids import is_sid
from schema_forms.schemas import Fault

RECENT: Final = 10
RUNS_SHOWN: Final = 25
FAULTS_SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One version on the bench, at one of its points. `given`: what its forms show."""

    listing: Listing
    version: ListingVersion
    definition: Definition
    given: Given
    case: BenchCase | None = None

    @property
    def url(self) -> str:
        """Of its page, for this version and point."""
        path = reverse("test-bench", kwargs={"sid": self.listing.sid})
        return f"{path}?version={self.version.sid}&point={self.given.point}"

    def forms(self, data: Any) -> BenchForms:
        return BenchForms(data, definition=self.definition, given=self.given, case=self.case)


@login_required
@require_http_methods(["GET", "POST"])
def test_bench(request: HttpRequest, sid: str) -> HttpResponse:
    """The bench of a listing: an event to send, the cases that are kept, and what was sent lately."""
    listing = own_listing(request, sid)
    versions = versions_of(listing)
    version = chosen(request, listing, versions)
    context: dict[str, Any] = {"listing": listing, "versions": versions, "version": version, "faults": []}
    on_bench = None
    if version is not None:
        try:
            on_bench = _bench(request, listing, version)
        except NotYetRight as refusal:
            context["faults"] = [_placed(fault) for fault in refusal.faults[:FAULTS_SHOWN]]
            context["fault_count"] = len(refusal.faults)
    if request.method == "POST" and on_bench is None:
        raise Http404
    forms = on_bench.forms(request.POST or None) if on_bench else None
    if request.method == "POST" and on_bench and forms:
        answer = _done(request, on_bench, forms)
        if answer is not None:
            return answer
    context |= _around(on_bench, forms)
    context["rows"] = case_rows(listing, version)
    context["recent"] = _recent(version)
    return render(request, "publish/test/bench.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def bench_case(request: HttpRequest, sid: str, case_sid: str) -> HttpResponse:
    """One case: change it, send it; and what it came to so far."""
    listing = own_listing(request, sid)
    case = _case(listing, case_sid)
    versions = versions_of(listing)
    version = chosen(request, listing, versions)
    context: dict[str, Any] = {"listing": listing, "versions": versions, "version": version, "case": case}
    on_bench = _bench_of_case(version, case)
    if request.method == "POST" and on_bench is None:
        raise Http404
    forms = on_bench.forms(request.POST or None) if on_bench else None
    if request.method == "POST" and on_bench and forms:
        answer = _done(request, on_bench, forms)
        if answer is not None:
            return answer
    runs = case.runs.select_related("version").defer("sealed_document", "version__definition")
    context |= _around(on_bench, forms)
    context["runs"] = run_rows(list(runs.order_by("-sid")[:RUNS_SHOWN]))
    return render(request, "publish/test/case.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def delete_bench_case(request: HttpRequest, sid: str, case_sid: str) -> HttpResponse:
    """Says what will happen; then does it."""
    listing = own_listing(request, sid)
    case = _case(listing, case_sid)
    if request.method == "POST":
        case.delete()
        messages.success(request, f"{case.name} is deleted.")
        return redirect("test-bench", sid=sid)
    context = {"listing": listing, "case": case, "run_count": case.runs.count()}
    return render(request, "publish/test/delete_case.html", context)


@login_required
@require_GET
def bench_run(request: HttpRequest, sid: str, run_sid: str) -> HttpResponse:
    """One call of the bench: what was put in, sent, answered, found, and what a developer would receive."""
    listing = own_listing(request, sid)
    if not is_sid(run_sid, "TR"):
        raise Http404
    runs = BenchRun.objects.filter(version__listing=listing).select_related("version", "case", "requested_by")
    run = get_object_or_404(runs, sid=run_sid)
    context = {
        "listing": listing,
        "version": run.version,
        "run": run,
        "point": POINTS[run.extension],
        "is_stale": run.definition_sha256 != run.version.definition_sha256,
        **page_of(run),
    }
    return render(request, "publish/test/run.html", context)


def _case(listing: Listing, sid: str) -> BenchCase:
    """A case of this listing. Raises Http404."""
    if not is_sid(sid, "TC"):
        raise Http404
    return get_object_or_404(BenchCase.objects.filter(listing=listing), sid=sid)


def _bench(request: HttpRequest, listing: Listing, version: ListingVersion) -> Bench:
    """Raises NotYetRight, Http404 for a point that the version has not."""
    definition = bench.testable(version)
    names = [point.unique_name for point in bench_events.points_of(definition)]
    point = request.GET.get("point") or names[0]
    if point not in names:
        raise Http404
    given = bench_events.usual(definition, point)
    return Bench(listing=listing, version=version, definition=definition, given=given)


def _bench_of_case(version: ListingVersion | None, case: BenchCase) -> Bench | None:
    """None when the version has not the point of the case, or has faults."""
    if version is None:
        return None
    try:
        definition = bench.testable(version)
    except NotYetRight:
        return None
    given = bench.given_of(case)
    if given.point not in definition.extensions or definition.is_sync == ("milliseconds" in given.event):
        return None
    return Bench(listing=version.listing, version=version, definition=definition, given=given, case=case)


def _done(request: HttpRequest, on_bench: Bench, forms: BenchForms) -> HttpResponse | None:
    """What the pressed button asks for; None when the forms have something to say first."""
    do = request.POST.get("do", "")
    try:
        return _ACTIONS.get(do, _send)(request, on_bench, forms)
    except Refused as refusal:
        forms.case.add_error(None, str(refusal).removeprefix("Conflict: "))
        return None


def _send(request: HttpRequest, on_bench: Bench, forms: BenchForms) -> HttpResponse | None:
    if not forms.is_valid():
        return None
    run = bench.send(version=on_bench.version, given=forms.given(), user=user_of(request), case=on_bench.case)
    return redirect("bench-run", sid=on_bench.listing.sid, run_sid=run.sid)


def _keep(request: HttpRequest, on_bench: Bench, forms: BenchForms) -> HttpResponse | None:
    if not (forms.is_valid() and forms.case.require_name()):
        return None
    case = bench.keep_case(
        listing=on_bench.listing,
        name=forms.case.cleaned_data["name"],
        given=forms.given(),
        expected_code=forms.case.expected_code,
        case=on_bench.case,
    )
    messages.success(request, f"{case.name} is saved.")
    return redirect(f"{on_bench.url}#cases")


def _run_all(request: HttpRequest, on_bench: Bench, forms: BenchForms) -> HttpResponse | None:
    runs = bench.run_all(version=on_bench.version, user=user_of(request))
    wrong = sum(run.as_expected is False for run in runs)
    said = "none was as expected" if runs and wrong == len(runs) else f"{wrong} not as expected"
    say = messages.warning if wrong else messages.success
    say(
        request,
        f"{len(runs)} sent, {said if wrong else 'all as expected so far'}." if runs else "No case to send.",
    )
    return redirect(f"{on_bench.url}#cases")


def _generate(request: HttpRequest, on_bench: Bench, forms: BenchForms) -> HttpResponse | None:
    made = bench.generate(version=on_bench.version, point=on_bench.given.point)
    messages.success(request, f"{len(made)} made." if made else "They are all there already.")
    return redirect(f"{on_bench.url}#cases")


_ACTIONS: Final[Mapping[str, Callable[[HttpRequest, Bench, BenchForms], HttpResponse | None]]] = {
    "send": _send,
    "keep": _keep,
    "run-all": _run_all,
    "generate": _generate,
}


def _around(on_bench: Bench | None, forms: BenchForms | None) -> dict[str, Any]:
    if on_bench is None:
        return {"bench": None, "forms": None, "points": []}
    return {
        "bench": on_bench,
        "forms": forms,
        "point": POINTS[on_bench.given.point],
        "points": bench_events.points_of(on_bench.definition),
    }


def _recent(version: ListingVersion | None) -> Any:
    if version is None:
        return []
    runs = version.test_runs.select_related("case").defer("sealed_document", "case__sealed_configuration")
    return run_rows(list(runs.order_by("-sid")[:RECENT]))


def _placed(fault: Fault) -> dict[str, str]:
    """A fault with the section of the editor in which it is mended."""
    return {"path": fault.path, "message": fault.message, "section": section_of_path(fault.path)}
