"""Where a platform's webhooks come in: `/connect/{PN}/message` and `/connect/{PN}/voice`, and recordings at
`/connect/{AC}/recordings`.
"""

from django.urls import path

from invocations.connect_api import IncomingCall, IncomingMessage
from invocations.recording_connect import IncomingRecordings

urlpatterns = [
    path("<sid:sid>/message", IncomingMessage.as_view(), name="message"),
    path("<sid:sid>/voice", IncomingCall.as_view(), name="voice"),
    path("<sid:account_sid>/recordings", IncomingRecordings.as_view(), name="recordings"),
]
