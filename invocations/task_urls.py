"""Paths of the TaskRouter API under /v1."""

from django.urls import path

from invocations.task_api import Tasks

urlpatterns = [
    path("Workspaces/<sid:workspace_sid>/Tasks", Tasks.as_view(), name="tasks"),
]
