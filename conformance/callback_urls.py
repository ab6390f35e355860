"""The callback URLs of tests (contract 11.3)."""

from django.urls import path

from conformance.callback_api import TestCallbacks

urlpatterns = [
    path("<str:version_sid>/<str:request_sid>/<str:token>", TestCallbacks.as_view(), name="test-callback")
]
