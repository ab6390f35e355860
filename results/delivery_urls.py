"""Console pages of deliveries."""

from django.urls import path

from results import delivery_views

urlpatterns = [
    path("deliveries/", delivery_views.delivery_list, name="deliveries"),
    path("deliveries/<sid:sid>/", delivery_views.delivery, name="delivery"),
]
