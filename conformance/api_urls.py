"""Paths of contract reports under /v1 (our extension)."""

from typing import Any

from django.urls import path

from conformance.api import ContractReports

LIST: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {"get": "retrieve"}
VERSION = "Listing/<sid:listing_sid>/Versions/<sid:version_sid>"

urlpatterns = [
    path(f"{VERSION}/Reports", ContractReports.as_view(LIST), name="contract-reports"),
    path(f"{VERSION}/Reports/<sid:sid>", ContractReports.as_view(ONE), name="contract-report"),
]
