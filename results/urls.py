"""Console pages of results and events."""

from django.urls import path

from results import event_views, recording_views, result_views, views

urlpatterns = [
    path("results/", views.result_list, name="results"),
    path("results/<sid:sid>/", views.result, name="result"),
    path("recordings/", recording_views.recording_list, name="recordings"),
    path("recordings/<sid:sid>/", recording_views.recording, name="recording"),
    path("recordings/<sid:sid>/audio", recording_views.audio, name="recording-audio"),
    path("recordings/<sid:sid>/delete/", recording_views.delete_recording, name="delete-recording"),
    path("recordings/results/<sid:sid>/", result_views.add_on_result, name="add-on-result"),
    path("recordings/results/<sid:sid>/delete/", result_views.delete_result, name="delete-result"),
    path("recordings/payloads/<sid:sid>/", result_views.payload, name="payload"),
    path("events/", event_views.event_list, name="events"),
    path("events/<sid:sid>/", event_views.event, name="event"),
]
