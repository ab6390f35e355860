"""Console pages that raise events."""

from django.urls import path

from invocations import recording_pages, simulator_views, task_simulator_views, task_views, views

urlpatterns = [
    path("lookups/", views.lookups, name="lookups"),
    path("api/tasks/", task_views.tasks, name="tasks"),
    path("simulator/", task_simulator_views.choose, name="simulator"),
    path("simulator/task/", task_simulator_views.simulate_task, name="simulate-task"),
    path("recordings/new/", recording_pages.add_recording, name="add-recording"),
    path("recordings/platform/", recording_pages.set_platform, name="set-platform"),
    path("numbers/<sid:sid>/simulate/", simulator_views.simulate, name="simulate"),
]
