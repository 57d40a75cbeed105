"""The parameters that each request takes: Stripe refuses every other ("Received unknown parameter").

Names of the first level, as the published specification and the pinned SDK have them.
"""

from __future__ import annotations

import re

_TABLE = """\
GET /v1/events: created delivery_success ending_before limit starting_after type types
GET /v1/events/{}:
POST /v1/webhook_endpoints: api_version connect description enabled_events metadata url
GET /v1/webhook_endpoints: ending_before limit starting_after
GET /v1/webhook_endpoints/{}:
POST /v1/webhook_endpoints/{}: description disabled enabled_events metadata url
DELETE /v1/webhook_endpoints/{}:
POST /v1/payment_methods: acss_debit affirm afterpay_clearpay alipay allow_redisplay alma amazon_pay au_becs_debit
    bacs_debit bancontact billie billing_details bizum blik boleto card cashapp crypto custom customer
    customer_balance eps fpx giropay grabpay ideal interac_present kakao_pay klarna konbini kr_card link mb_way
    metadata mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco payment_method paynow paypal
    payto pix promptpay radar_options revolut_pay samsung_pay satispay scalapay sepa_debit sofort sunbit swish twint
    type upi us_bank_account wechat_pay zip
GET /v1/payment_methods: allow_redisplay customer customer_account ending_before limit starting_after type
GET /v1/payment_methods/{}:
POST /v1/payment_methods/{}: allow_redisplay billing_details card metadata payto us_bank_account
POST /v1/payment_methods/{}/attach: customer customer_account
POST /v1/payment_methods/{}/detach:
GET /v1/customers/{}/payment_methods: allow_redisplay ending_before limit starting_after type
GET /v1/customers/{}/payment_methods/{}:
POST /v1/customers: address balance business_name cash_balance description email individual_name invoice_prefix
    invoice_settings metadata name next_invoice_sequence payment_method phone preferred_locales shipping source tax
    tax_exempt tax_id_data test_clock
GET /v1/customers: created email ending_before limit starting_after test_clock
GET /v1/customers/{}:
POST /v1/customers/{}: address balance bank_account business_name card cash_balance default_alipay_account
    default_bank_account default_card default_source description email individual_name invoice_prefix
    invoice_settings metadata name next_invoice_sequence phone preferred_locales shipping source tax tax_exempt
DELETE /v1/customers/{}:
POST /v1/customers/{}/balance_transactions: amount currency description metadata
GET /v1/customers/{}/balance_transactions: created ending_before invoice limit starting_after
GET /v1/customers/{}/balance_transactions/{}:
POST /v1/customers/{}/balance_transactions/{}: description metadata
POST /v1/products: active default_price_data description id images marketing_features metadata name
    package_dimensions shippable statement_descriptor tax_code tax_details unit_label url
GET /v1/products: active created ending_before ids limit shippable starting_after url
GET /v1/products/{}:
POST /v1/products/{}: active default_price description images marketing_features metadata name package_dimensions
    shippable statement_descriptor tax_code tax_details unit_label url
DELETE /v1/products/{}:
POST /v1/prices: active billing_scheme currency currency_options custom_unit_amount lookup_key metadata nickname
    product product_data recurring tax_behavior tiers tiers_mode transfer_lookup_key transform_quantity unit_amount
    unit_amount_decimal
GET /v1/prices: active created currency ending_before limit lookup_keys product recurring starting_after type
GET /v1/prices/{}:
POST /v1/prices/{}: active currency_options lookup_key metadata nickname tax_behavior transfer_lookup_key
POST /v1/coupons: amount_off applies_to currency currency_options duration duration_in_months id max_redemptions
    metadata name percent_off redeem_by
GET /v1/coupons: created ending_before limit starting_after
GET /v1/coupons/{}:
POST /v1/coupons/{}: currency_options metadata name
DELETE /v1/coupons/{}:
POST /v1/promotion_codes: active code customer customer_account expires_at max_redemptions metadata promotion
    restrictions
GET /v1/promotion_codes: active code coupon created customer customer_account ending_before limit starting_after
GET /v1/promotion_codes/{}:
POST /v1/promotion_codes/{}: active metadata restrictions
POST /v1/tax_rates: active country description display_name inclusive jurisdiction metadata percentage state
    tax_type
GET /v1/tax_rates: active created ending_before inclusive limit starting_after
GET /v1/tax_rates/{}:
POST /v1/tax_rates/{}: active country description display_name jurisdiction metadata state tax_type
GET /v1/payment_intents: created customer customer_account ending_before limit starting_after
GET /v1/payment_intents/{}: client_secret
POST /v1/payment_intents/{}: allowed_payment_method_types amount amount_details application_fee_amount
    capture_method currency customer customer_account description excluded_payment_method_types hooks metadata
    payment_details payment_method payment_method_configuration payment_method_data payment_method_options
    payment_method_types receipt_email setup_future_usage shipping statement_descriptor statement_descriptor_suffix
    transfer_data transfer_group
GET /v1/charges: created customer ending_before limit payment_intent starting_after transfer_group
GET /v1/charges/{}:
POST /v1/charges/{}: customer description fraud_details metadata receipt_email shipping transfer_group
GET /v1/invoice_payments: created ending_before invoice limit payment starting_after status
GET /v1/invoice_payments/{}:
GET /v1/balance_transactions/{}:
POST /v1/invoiceitems: amount currency customer customer_account description discountable discounts invoice metadata
    period price_data pricing quantity quantity_decimal subscription tax_behavior tax_code tax_rates
    unit_amount_decimal
GET /v1/invoiceitems: created customer customer_account ending_before invoice limit pending starting_after
GET /v1/invoiceitems/{}:
POST /v1/invoiceitems/{}: amount description discountable discounts metadata period price_data pricing quantity
    quantity_decimal tax_behavior tax_code tax_rates unit_amount_decimal
DELETE /v1/invoiceitems/{}:
POST /v1/invoices: account_tax_ids application_fee_amount auto_advance automatic_tax automatically_finalizes_at
    collection_method currency custom_fields customer customer_account days_until_due default_payment_method
    default_source default_tax_rates description discounts due_date effective_at footer from_invoice issuer metadata
    number on_behalf_of payment_settings pending_invoice_items_behavior rendering shipping_cost shipping_details
    statement_descriptor subscription transfer_data
GET /v1/invoices: collection_method created customer customer_account due_date ending_before limit starting_after
    status subscription
GET /v1/invoices/{}:
POST /v1/invoices/{}: account_tax_ids application_fee_amount auto_advance automatic_tax automatically_finalizes_at
    collection_method custom_fields days_until_due default_payment_method default_source default_tax_rates
    description discounts due_date effective_at footer issuer metadata number on_behalf_of payment_settings
    rendering shipping_cost shipping_details statement_descriptor transfer_data
DELETE /v1/invoices/{}:
GET /v1/invoices/{}/lines: ending_before limit starting_after
POST /v1/invoices/{}/finalize: auto_advance
POST /v1/invoices/{}/send:
POST /v1/invoices/{}/pay: forgive mandate off_session paid_out_of_band payment_method source
POST /v1/invoices/{}/void:
POST /v1/invoices/{}/mark_uncollectible:
POST /v1/credit_notes: amount credit_amount effective_at email_type invoice lines memo metadata out_of_band_amount
    reason refund_amount refunds shipping_cost
GET /v1/credit_notes: created customer customer_account ending_before invoice limit starting_after
GET /v1/credit_notes/preview: amount credit_amount effective_at email_type invoice lines memo metadata
    out_of_band_amount reason refund_amount refunds shipping_cost
GET /v1/credit_notes/preview/lines: amount credit_amount effective_at email_type ending_before invoice limit lines
    memo metadata out_of_band_amount reason refund_amount refunds shipping_cost starting_after
GET /v1/credit_notes/{}:
POST /v1/credit_notes/{}: memo metadata
POST /v1/credit_notes/{}/void:
GET /v1/credit_notes/{}/lines: ending_before limit starting_after
POST /v1/refunds: amount charge currency customer instructions_email metadata origin payment_intent reason
    refund_application_fee reverse_transfer
GET /v1/refunds: charge created ending_before limit payment_intent starting_after
GET /v1/refunds/{}:
POST /v1/refunds/{}: metadata
GET /v1/charges/{}/refunds: ending_before limit starting_after
GET /v1/charges/{}/refunds/{}:
GET /v1/disputes: charge created ending_before limit payment_intent starting_after
GET /v1/disputes/{}:
POST /v1/disputes/{}: evidence metadata submit
POST /v1/disputes/{}/close:
GET /v1/radar/early_fraud_warnings: charge created ending_before limit payment_intent starting_after
GET /v1/radar/early_fraud_warnings/{}:
GET /v1/charges/{}/dispute:
GET /v1/account:
GET /v1/accounts/{}:
POST /v1/invoices/create_preview: automatic_tax currency customer customer_account customer_details discounts
    invoice_items issuer on_behalf_of preview_mode schedule schedule_details subscription subscription_details
POST /v1/subscriptions: add_invoice_items application_fee_percent automatic_tax backdate_start_date
    billing_cycle_anchor billing_cycle_anchor_config billing_mode billing_schedules billing_thresholds cancel_at
    cancel_at_period_end collection_method currency customer customer_account days_until_due default_payment_method
    default_source default_tax_rates description discounts invoice_settings items metadata off_session on_behalf_of
    payment_behavior payment_settings pending_invoice_item_interval proration_behavior transfer_data trial_end
    trial_from_plan trial_period_days trial_settings
GET /v1/subscriptions: automatic_tax collection_method created current_period_end current_period_start customer
    customer_account ending_before limit price starting_after status test_clock
GET /v1/subscriptions/{}:
POST /v1/subscriptions/{}: add_invoice_items application_fee_percent automatic_tax billing_cycle_anchor
    billing_schedules billing_thresholds cancel_at cancel_at_period_end cancellation_details collection_method
    days_until_due default_payment_method default_source default_tax_rates description discounts invoice_settings
    items metadata off_session on_behalf_of pause_collection payment_behavior payment_settings
    pending_invoice_item_interval proration_behavior proration_date transfer_data trial_end trial_from_plan
    trial_settings
DELETE /v1/subscriptions/{}: cancellation_details invoice_now prorate
POST /v1/subscriptions/{}/pause: bill_for invoicing_behavior type
POST /v1/subscriptions/{}/resume: billing_cycle_anchor payment_behavior proration_behavior proration_date
DELETE /v1/subscriptions/{}/discount:
POST /v1/subscription_items: billing_thresholds discounts metadata payment_behavior price price_data
    proration_behavior proration_date quantity subscription tax_rates
GET /v1/subscription_items: ending_before limit starting_after subscription
GET /v1/subscription_items/{}:
POST /v1/subscription_items/{}: billing_thresholds discounts metadata off_session payment_behavior price price_data
    proration_behavior proration_date quantity tax_rates
DELETE /v1/subscription_items/{}: clear_usage payment_behavior proration_behavior proration_date
POST /v1/subscription_schedules: billing_mode customer customer_account default_settings end_behavior
    from_subscription metadata pause_schedules phases start_date
GET /v1/subscription_schedules: canceled_at completed_at created customer customer_account ending_before limit
    released_at scheduled starting_after
GET /v1/subscription_schedules/{}:
POST /v1/subscription_schedules/{}: default_settings end_behavior metadata pause_schedules phases proration_behavior
POST /v1/subscription_schedules/{}/release: preserve_cancel_date
POST /v1/subscription_schedules/{}/cancel: invoice_now prorate
POST /v1/billing_portal/configurations: business_profile default_return_url features login_page metadata name
GET /v1/billing_portal/configurations: active ending_before is_default limit starting_after
GET /v1/billing_portal/configurations/{}:
POST /v1/billing_portal/configurations/{}: active business_profile default_return_url features login_page metadata
    name
POST /v1/billing_portal/sessions: after_expiration configuration customer customer_account flow_data locale
    on_behalf_of return_url
POST /v1/checkout/sessions: adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types
    automatic_tax billing_address_collection branding_settings cancel_url client_reference_id consent_collection
    currency custom_fields custom_text customer customer_account customer_creation customer_email customer_update
    discounts excluded_payment_method_types expires_at integration_identifier invoice_creation line_items locale
    managed_payments metadata mode name_collection optional_items origin_context payment_intent_data
    payment_method_collection payment_method_configuration payment_method_data payment_method_options
    payment_method_types permissions phone_number_collection redirect_on_completion return_url
    saved_payment_method_options setup_intent_data shipping_address_collection shipping_options submit_type
    subscription_data success_url tax_id_collection ui_mode wallet_options
GET /v1/checkout/sessions: created customer customer_account customer_details ending_before limit payment_intent
    payment_link starting_after status subscription
GET /v1/checkout/sessions/{}:
POST /v1/checkout/sessions/{}: collected_information line_items metadata shipping_options
POST /v1/checkout/sessions/{}/expire:
GET /v1/checkout/sessions/{}/line_items: ending_before limit starting_after
POST /v1/payment_links: after_completion allow_promotion_codes application_fee_amount application_fee_percent
    automatic_tax billing_address_collection consent_collection currency custom_fields custom_text customer_creation
    inactive_message invoice_creation line_items managed_payments metadata name_collection on_behalf_of optional_items
    payment_intent_data payment_method_collection payment_method_options payment_method_types phone_number_collection
    restrictions shipping_address_collection shipping_options submit_type subscription_data tax_id_collection
    transfer_data
GET /v1/payment_links: active ending_before limit starting_after
GET /v1/payment_links/{}:
POST /v1/payment_links/{}: active after_completion allow_promotion_codes application_fee_amount
    application_fee_percent automatic_tax billing_address_collection consent_collection custom_fields custom_text
    customer_creation inactive_message invoice_creation line_items metadata name_collection on_behalf_of
    optional_items payment_intent_data payment_method_collection payment_method_options payment_method_types
    phone_number_collection restrictions shipping_address_collection shipping_options submit_type subscription_data
    tax_id_collection transfer_data
GET /v1/payment_links/{}/line_items: ending_before limit starting_after
GET /v1/setup_intents: attach_to_self created customer customer_account ending_before limit payment_method
    starting_after
GET /v1/setup_intents/{}: client_secret
"""


def _read() -> dict[str, frozenset[str]]:
    known: dict[str, frozenset[str]] = {}
    for line in re.sub(r"\n {4}", " ", _TABLE).splitlines():
        request, _, names = line.partition(":")
        known[request] = frozenset(names.split()) | {"expand"}
    return known


SUPPORTED = _read()
"""`POST /v1/customers/{}` → the names it takes."""


def unknown(method: str, path: str, given: set[str]) -> list[str]:
    """Those of the given names that the request of this route does not take, sorted."""
    known = SUPPORTED.get(f"{method} {re.sub(r'{[^}]+}', '{}', path)}")
    return sorted(given - known) if known is not None else []
