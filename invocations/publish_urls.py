"""Pages of the publisher's workspace."""

from django.urls import path

from invocations import publisher_views

urlpatterns = [
    path("", publisher_views.publish, name="publish"),
    path("calls/", publisher_views.call_list, name="publisher-calls"),
    path("calls/<sid:sid>/", publisher_views.call, name="publisher-call"),
]
