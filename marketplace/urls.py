"""Console pages of the catalogue, of installed add-ons and of phone numbers."""

from django.urls import path

from marketplace import catalogue_views, number_views, upgrade_views, views

urlpatterns = [
    path("catalogue/", catalogue_views.catalogue, name="catalogue"),
    path("catalogue/<sid:sid>/", catalogue_views.listing, name="listing"),
    path("catalogue/<sid:sid>/install/", catalogue_views.install, name="install"),
    path("installed/", views.installed_list, name="installed"),
    path("installed/<sid:sid>/", views.installed_add_on, name="installed-add-on-page"),
    path("installed/<sid:sid>/extensions/<sid:extension_sid>/", views.switch, name="switch-extension"),
    path("installed/<sid:sid>/uninstall/", views.uninstall, name="uninstall"),
    path("installed/<sid:sid>/upgrade/", upgrade_views.upgrade, name="upgrade"),
    path("numbers/", number_views.number_list, name="numbers"),
    path("numbers/assign/", number_views.assign, name="assign-add-on"),
    path("numbers/<sid:sid>/", number_views.number, name="number"),
    path("numbers/<sid:sid>/remove/", number_views.remove_number, name="remove-number"),
    path(
        "numbers/<sid:sid>/add-ons/<sid:installed_sid>/unassign/",
        number_views.unassign,
        name="unassign-add-on",
    ),
]
