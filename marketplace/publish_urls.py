"""Pages on which a publisher says who may have its add-ons, under /publish/."""

from django.urls import path

from marketplace import availability_views

urlpatterns = [
    path("listings/<sid:sid>/availability/", availability_views.availability, name="availability"),
    path(
        "listings/<sid:sid>/invitations/<sid:invitation_sid>/withdraw/",
        availability_views.withdraw_invitation,
        name="withdraw-invitation",
    ),
]
