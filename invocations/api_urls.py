"""Paths of the lookups API under /v1."""

from django.urls import path, re_path

from invocations.api import PhoneNumber

urlpatterns = [
    path("PhoneNumbers/<str:number>", PhoneNumber.as_view(), name="lookup-number"),
    # Some clients end the path with a slash (contract 2.4).
    re_path(r"^PhoneNumbers/(?P<number>[^/]+)/$", PhoneNumber.as_view()),
]
