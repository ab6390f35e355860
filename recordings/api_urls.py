"""Paths of recordings under /2010-04-01/Accounts/{AC} (contract 4.4). Without an extension, or with that of
its audio, a recording's path is the audio.
"""

from django.urls import path

from recordings.api import Media, Recordings
from rest.formats import paths

RECORDING = "Recordings/<sid:sid>"

urlpatterns = [
    *paths("Recordings", Recordings.as_view({"get": "list"}), name="recordings"),
    path(RECORDING, Media.as_view(), name="recording-media"),
    path(f"{RECORDING}.wav", Media.as_view(), {"extension": "wav"}),
    path(f"{RECORDING}.mp3", Media.as_view(), {"extension": "mp3"}),
    *paths(RECORDING, Recordings.as_view({"get": "retrieve", "delete": "destroy"}), name="recording"),
]
