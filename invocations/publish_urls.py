"""Pages of the publisher's workspace."""

from django.urls import path

from invocations import notice_views, publisher_pages, publisher_views

urlpatterns = [
    path("", publisher_pages.publish, name="publish"),
    path("calls/", publisher_views.call_list, name="publisher-calls"),
    path("calls/<sid:sid>/", publisher_views.call, name="publisher-call"),
    path("service-level/", publisher_pages.service_level, name="service-level"),
    path("customers/", publisher_pages.customer_list, name="customers"),
    path("notices/", notice_views.notice_list, name="publisher-notices"),
    path("notices/<sid:sid>/", notice_views.notice, name="publisher-notice"),
]
