"""API 2010-04-01: Recordings and their audio (contract 4.4)."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import account_of
from recordings import services
from recordings.measures import EXTENSIONS
from recordings.models import Recording, RecordingQuerySet
from recordings.serializers import Asked, RecordingFilters, RecordingOut, filtered
from rest.errors import NotFound, not_found_message
from rest.formats import ExtensionPagination, Resources2010
from rest.media_types import guarded
from rest.pagination import BadPage
from rest.ranges import StoredFile, file_answer
from rest.renderers import Csv, Json, Xml
from rest.views import METHODS


class NoAudio(NotFound):
    """404: the recording is there, its audio is not, or not in this format."""


class PagesByDate(ExtensionPagination):
    """Newest first by date: SIDs that platforms made say nothing of the time. A token names a recording."""

    def _forward(self, queryset: Any) -> list[Any]:
        place, rows = self.place, queryset.newest_first()
        if place.sid:
            rows = rows.older_than(self._edge_row())
        start = 0 if place.sid else place.number * place.size
        found = list(rows[start : start + place.size + 1])
        self.has_next, self.has_previous = len(found) > place.size, bool(place.sid or start)
        return found[: place.size]

    def _backward(self, queryset: Any) -> list[Any]:
        size = self.place.size
        found = list(queryset.newer_than(self._edge_row()).oldest_first()[: size + 1])
        self.has_next, self.has_previous = True, len(found) > size
        return found[:size][::-1]

    def _edge_row(self) -> Recording:
        row = Recording.objects.of(account_of(self.request)).filter(sid=self.place.sid).first()
        if row is None:
            raise BadPage("Invalid PageToken: use the token of a page link")
        found: Recording = row
        return found


class Recordings(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resources2010[Recording]):
    """The account's recordings. One that was deleted is left out unless it is asked for."""

    collection_key, resource_name = "recordings", "recording"
    filters = (
        "DateCreated",
        "DateCreated<",
        "DateCreated>",
        "CallSid",
        "ConferenceSid",
        "IncludeSoftDeleted",
    )
    serializer_class, pagination_class = RecordingOut, PagesByDate
    query = {"list": RecordingFilters, "retrieve": Asked}

    def get_queryset(self) -> QuerySet[Recording]:
        recordings = _of(self.request)
        asked = {"list": RecordingFilters, "retrieve": Asked}.get(self.action)
        if asked is None:
            return recordings.kept()
        data = asked(data=self.request.query_params)
        data.is_valid(raise_exception=True)
        given = data.validated_data
        return filtered(recordings if given.get("IncludeSoftDeleted") else recordings.kept(), given)

    def destroy(self, request: Request, /, **_: str) -> Response:
        if not services.delete(self.get_object()):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)


class Media(APIView):
    """The audio of a recording: as it is, or in the format that the path names if we have that."""

    http_method_names = METHODS
    renderer_classes = [Xml, Json, Csv]  # of a refusal
    schema = None  # `media_url` of a recording leads here

    def get(self, request: Request, /, sid: str, extension: str = "", **_: str) -> HttpResponseBase:
        recording = get_object_or_404(_of(request).kept(), sid=sid)
        kept = EXTENSIONS.get(recording.content_type, "")
        if not kept or recording.status != Recording.Status.COMPLETED:
            raise NoAudio(f"The recording {sid} has no audio: it is {recording.status}")
        if extension and extension != kept:
            raise NoAudio(f"The recording {sid} is kept as .{kept}: there is no .{extension} of it")
        stored = StoredFile(str(recording.audio.name), recording.size, recording.sha256)
        unchanged = get_conditional_response(request._request, etag=f'"{stored.sha256}"')  # noqa: SLF001 - DRF has no public way
        if unchanged is not None:
            return unchanged
        headers = {**guarded(recording.content_type, sid), "Cache-Control": "private, no-cache"}
        try:
            return file_answer(request, stored, headers=headers)
        except FileNotFoundError as error:  # it was deleted in between
            raise NoAudio(not_found_message(request.path)) from error

    def delete(self, request: Request, /, sid: str, extension: str = "", **_: str) -> HttpResponseBase:
        """Without an extension the path is the recording's own, too, in XML."""
        if extension:
            self.http_method_not_allowed(request)
        if not services.delete(get_object_or_404(_of(request).kept(), sid=sid)):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)


def _of(request: Request) -> RecordingQuerySet:
    return Recording.objects.of(account_of(request))
