"""Console pages of results and events."""

from django.urls import path

from results import event_views, views

urlpatterns = [
    path("results/", views.result_list, name="results"),
    path("results/<sid:sid>/", views.result, name="result"),
    path("events/", event_views.event_list, name="events"),
    path("events/<sid:sid>/", event_views.event, name="event"),
]
