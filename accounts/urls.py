"""Console pages of an account."""

from django.urls import path

from accounts import token_views, views

urlpatterns = [
    path("api-keys/", views.api_keys, name="api-keys"),
    path("api-keys/<sid:sid>/revoke/", views.revoke_api_key, name="revoke-api-key"),
    path("api-keys/auth-tokens/", token_views.auth_tokens, name="auth-tokens"),
]
