"""What the audit tells of: each kind of entry, and which parameters its sentences name.

An entry is a kind with parameters (`payments.core.changes`); whoever reads it gets it worded in their language.
"""

from collections.abc import Mapping
from enum import StrEnum


class AuditKind(StrEnum):
    """The kinds of entries that are written; older versions may have stored others."""

    # What the team did
    PLAN_CREATED = "plan_created"
    PLAN_EDITED = "plan_edited"
    PRICE_CHANGED = "price_changed"
    PRICE_ADDED = "price_added"
    PRICE_ENDED = "price_ended"
    PLAN_ARCHIVED = "plan_archived"
    PLAN_TARGETS = "plan_targets"
    COMP_GIVEN = "comp_given"
    COMP_ENDED = "comp_ended"
    TRIED_AGAIN = "tried_again"
    INVOICE_SENT = "invoice_sent"
    INVOICE_ASKED = "invoice_asked"
    REFUNDED = "refunded"
    """By somebody in the provider's dashboard."""
    REFUND_MADE = "refund_made"
    """By one of the team, in the chat."""
    PURCHASE_CODE_MADE = "purchase_code_made"
    """For a subscription that was bought past us."""
    PURCHASE_REDEEMED = "purchase_redeemed"
    SUBSCRIPTION_ENDED = "subscription_ended"
    SUBSCRIPTIONS_ENDED = "subscriptions_ended"
    SUBSCRIPTIONS_KEPT = "subscriptions_kept"
    ACCESS_KEPT = "access_kept"
    BREAKER_GO_ON = "breaker_go_on"
    BREAKER_FORGET = "breaker_forget"
    SETTINGS_CHANGED = "settings_changed"
    PLACE_CLAIMED = "place_claimed"
    PLACE_JOINED = "place_joined"
    PLACE_TAKEN_OUT = "place_taken_out"
    TEAM_CHANGED = "team_changed"
    ROLE_ADOPTED = "role_adopted"
    ROLE_LEFT = "role_left"
    PARTED = "parted"
    """Two accounts, by an admin; or, with a target: what was taken from an account that had left the person."""
    # Between one person and one target
    WANTED = "wanted"
    UNWANTED = "unwanted"
    GRANTED = "granted"
    REVOKED = "revoked"
    KEPT = "kept"
    WAITING = "waiting"
    BLOCKED = "blocked"
    GRANT_FAILED = "grant_failed"
    REVOKE_FAILED = "revoke_failed"
    BREAKER_TRIPPED = "breaker_tripped"
    DRIFTED = "drifted"
    LEFT_SO = "left_so"
    CAME_BACK = "came_back"
    # What people did with their accounts, and what followed by itself
    LINKED = "linked"
    UNLINKED = "unlinked"
    MOVE_UNDONE = "move_undone"
    BILL_WITHDRAWN = "bill_withdrawn"
    CONTACT_GONE = "contact_gone"
    PLACE_STOPPED = "place_stopped"
    TEAM_SUSPENDED = "team_suspended"
    TEAM_RESTORED = "team_restored"


_K = AuditKind
_OF_PLAN = (_K.PLAN_CREATED, _K.PLAN_EDITED, _K.PRICE_CHANGED, _K.PRICE_ADDED, _K.PRICE_ENDED)
_OF_TARGET = (_K.WANTED, _K.UNWANTED, _K.GRANTED, _K.REVOKED, _K.KEPT, _K.WAITING, _K.BLOCKED, _K.GRANT_FAILED)

_NEEDED_BY: Mapping[str, tuple[AuditKind, ...]] = {
    "plan": (*_OF_PLAN, _K.PLAN_ARCHIVED, _K.PLAN_TARGETS, _K.COMP_GIVEN, _K.COMP_ENDED, _K.ACCESS_KEPT),
    "sold": (_K.REFUNDED, _K.REFUND_MADE, _K.SUBSCRIPTION_ENDED, _K.PURCHASE_CODE_MADE, _K.PURCHASE_REDEEMED),
    "what": (_K.INVOICE_SENT, _K.INVOICE_ASKED, _K.TEAM_CHANGED, _K.ROLE_ADOPTED, _K.ROLE_LEFT),
    "paid": (_K.REFUNDED, _K.REFUND_MADE),
    "access": (_K.TRIED_AGAIN,),
    "target": (*_OF_TARGET, _K.REVOKE_FAILED, _K.BREAKER_TRIPPED, _K.DRIFTED, _K.LEFT_SO, _K.CAME_BACK),
    "reason": (_K.WANTED, _K.UNWANTED),
    "place": (_K.PLACE_STOPPED,),
    "contact": (_K.CONTACT_GONE,),
    "role": (_K.TEAM_SUSPENDED, _K.TEAM_RESTORED),
}

NEEDS: Mapping[AuditKind, frozenset[str]] = {
    kind: frozenset(name for name, kinds in _NEEDED_BY.items() if kind in kinds) for kind in AuditKind
}
"""The parameters without which a kind can't be told. Others tell more of it."""
