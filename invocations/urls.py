"""Console pages that raise events."""

from django.urls import path

from invocations import simulator_views, views

urlpatterns = [
    path("lookups/", views.lookups, name="lookups"),
    path("numbers/<sid:sid>/simulate/", simulator_views.simulate, name="simulate"),
]
