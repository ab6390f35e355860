"""Pages of the test bench and of contract reports, under /publish/."""

from django.urls import path

from conformance import bench_views, views

urlpatterns = [
    path("listings/<sid:sid>/test/", bench_views.test_bench, name="test-bench"),
    path("listings/<sid:sid>/test/cases/<sid:case_sid>/", bench_views.bench_case, name="bench-case"),
    path(
        "listings/<sid:sid>/test/cases/<sid:case_sid>/delete/",
        bench_views.delete_bench_case,
        name="delete-bench-case",
    ),
    path("listings/<sid:sid>/test/runs/<sid:run_sid>/", bench_views.bench_run, name="bench-run"),
    path("listings/<sid:sid>/reports/", views.contract_reports, name="contract-reports"),
    path("listings/<sid:sid>/reports/<sid:report_sid>/", views.contract_report, name="contract-report"),
]
