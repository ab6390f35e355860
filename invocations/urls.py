"""Console pages that raise events."""

from django.urls import path

from invocations import simulator_views, task_simulator_views, task_views, views

urlpatterns = [
    path("lookups/", views.lookups, name="lookups"),
    path("api/tasks/", task_views.tasks, name="tasks"),
    path("simulator/", task_simulator_views.choose, name="simulator"),
    path("simulator/task/", task_simulator_views.simulate_task, name="simulate-task"),
    path("numbers/<sid:sid>/simulate/", simulator_views.simulate, name="simulate"),
]
