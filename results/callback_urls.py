"""The one-time callback URLs of publishers (contract 11.3)."""

from django.urls import path

from results.callback_api import Callback

urlpatterns = [path("<str:token>", Callback.as_view(), name="callback")]
