"""Where a platform's webhooks come in: `/connect/{PN}/message` and `/connect/{PN}/voice`."""

from django.urls import path

from invocations.connect_api import IncomingCall, IncomingMessage

urlpatterns = [
    path("<sid:sid>/message", IncomingMessage.as_view(), name="message"),
    path("<sid:sid>/voice", IncomingCall.as_view(), name="voice"),
]
