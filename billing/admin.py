"""The ledger and referrals in the admin to look at, never to change; and the price lists of listings."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ReadOnlyAdmin
from billing.models import BillingItem, LedgerEntry, Referral
from billing.money import MAX_DECIMALS
from billing.pricing import MICROS, to_micros
from billing.quantities import MAX_UNIT_PRICE_MICROS


class NewBillingItemForm(forms.ModelForm[BillingItem]):
    """People write prices as decimals; we keep millionths."""

    unit_price = forms.DecimalField(
        min_value=0, max_value=MAX_UNIT_PRICE_MICROS // MICROS, decimal_places=MAX_DECIMALS
    )

    class Meta:
        model = BillingItem
        fields = ["listing", "name", "unit", "unit_price", "active"]

    def clean_unit_price(self) -> Any:
        price = self.cleaned_data["unit_price"]
        if not price:
            raise forms.ValidationError("A billing item has a price.")
        self.instance.unit_price_micros = to_micros(price)
        return price


@admin.register(BillingItem)
class BillingItemAdmin(admin.ModelAdmin[BillingItem]):
    """What is charged, by what and for whom is fixed with the first save: a new price is a new item.

    So no report can meet a price that changes under it. One that was never used may be deleted.
    """

    list_display = ["name", "sid", "listing", "unit", "unit_price", "currency", "active"]
    list_select_related = ["listing"]
    list_filter = ["active"]
    search_fields = ["sid", "name", "listing__sid", "listing__unique_name"]
    autocomplete_fields = ["listing"]
    fixed = ["sid", "listing", "unit", "unit_price", "currency", "date_created"]

    def get_form(
        self, request: HttpRequest, obj: BillingItem | None = None, *args: Any, **options: Any
    ) -> Any:
        if obj is None:
            options["form"] = NewBillingItemForm
        return super().get_form(request, obj, *args, **options)

    def get_fields(self, request: HttpRequest, obj: BillingItem | None = None) -> Any:
        return ["name", "active", *self.fixed] if obj else NewBillingItemForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: BillingItem | None = None) -> Any:
        return self.fixed if obj else []


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin[LedgerEntry]):
    list_display = [
        "request_sid",
        "kind",
        "payer",
        "payee",
        "exact_quantity",
        "amount_micros",
        "currency",
        "date_created",
    ]
    list_select_related = ["payer", "payee"]
    list_filter = ["kind"]
    search_fields = ["request_sid", "payer__sid", "payee__sid", "billing_item__sid"]


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin[Referral]):
    list_display = ["sid", "account", "referred", "date_created"]
    list_select_related = ["account", "referred"]
    search_fields = ["sid", "account__sid", "referred__sid"]
