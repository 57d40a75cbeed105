"""`/v1/account`: the one account that this Stripe has."""

from __future__ import annotations

from sandbox.stripe.books import Books
from sandbox.stripe.errors import StripeError
from sandbox.stripe.http import Call
from sandbox.stripe.store import Obj


class Account:
    """The account, as its own key sees it."""

    def __init__(self, books: Books) -> None:
        self._created = books.now()
        self._id = books.state.account_id
        books.api.route("GET", "/v1/account", self._retrieve)
        books.api.route("GET", "/v1/accounts/{id}", self._retrieve)

    async def _retrieve(self, call: Call) -> Obj:
        if call.path.get("id", self._id) != self._id:
            raise StripeError(
                f"The provided key does not have access to account '{call.path['id']}' (or that account does not "
                "exist). Application access may have been revoked.",
                status=403,
                code="account_invalid",
            )
        return {
            "id": self._id,
            "object": "account",
            "business_profile": {
                "annual_revenue": None,
                "estimated_worker_count": None,
                "mcc": None,
                "minority_owned_business_designation": None,
                "name": "Guestlist Sandbox",
                "product_description": None,
                "support_address": None,
                "support_email": None,
                "support_phone": None,
                "support_url": None,
                "url": None,
            },
            "business_type": None,
            "capabilities": {"card_payments": "active", "transfers": "active"},
            "charges_enabled": True,
            "controller": {"type": "account"},
            "country": "US",
            "created": self._created,
            "default_currency": "usd",
            "details_submitted": True,
            "email": "owner@example.com",
            "metadata": {},
            "payouts_enabled": True,
            "settings": {
                "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
                "card_payments": {
                    "decline_on": {"avs_failure": False, "cvc_failure": False},
                    "statement_descriptor_prefix": None,
                    "statement_descriptor_prefix_kana": None,
                    "statement_descriptor_prefix_kanji": None,
                },
                "dashboard": {"display_name": "Guestlist Sandbox", "timezone": "Etc/UTC"},
                "payments": {
                    "statement_descriptor": "GUESTLIST SANDBOX",
                    "statement_descriptor_kana": None,
                    "statement_descriptor_kanji": None,
                },
            },
            "type": "standard",
        }
