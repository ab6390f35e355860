"""Paths of deliveries under /v1."""

from django.urls import path

from results.delivery_api import Deliveries, Replay

urlpatterns = [
    path("Deliveries", Deliveries.as_view({"get": "list"}), name="deliveries"),
    path("Deliveries/<sid:sid>", Deliveries.as_view({"get": "retrieve"}), name="delivery"),
    path("Deliveries/<sid:sid>/Replay", Replay.as_view({"post": "create"}), name="replay-delivery"),
]
