"""What is told by message, without being asked: a sentence a kind of notice, and its buttons."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Notices
    "notice.payment_failed": "Your payment for **{plan}** in {community} did not go through. You stay in until {until}: pay before then to keep it.",
    "notice.payment_failed_now": "Your payment for **{plan}** in {community} did not go through, so access is closed for now. Pay and it is back at once.",
    "notice.payment_action_required": "Your bank wants you to confirm the payment for **{plan}**. It takes a minute; without it the payment fails.",
    "notice.access_opened": "🎉 Welcome to **{plan}** in {community}! Open for you now: {targets}. `/membership` shows it any time.",
    "notice.access_ended": "Your access to **{plan}** in {community} has ended: {reason}.",
    "notice.access_ended_plain": "Your access to **{plan}** in {community} has ended. `/plans` shows how to join again.",
    "notice.trial_ending": "Your trial of **{plan}** in {community} ends on {day}. Then it is {amount}. Nothing to do if you like it; otherwise cancel before, with `/membership`.",
    "notice.not_there": "**{plan}** is yours, but you are not in {community} yet. Join the server and your access opens by itself.",
    "notice.come_in": "**{plan}** in {community} opens **{target}** for you. Ask to join with the button below: you are let in at once. The button works for you, and for nobody who has not paid.",
    "notice.not_linked": "**{plan}** in {community} opens **{target}** on {platform} too. Type `/link` to say which {platform} account is yours.",
    "notice.linked.discord": "🔗 This account and **{account}** ({platform}) are one person now: what either has opens on both sides. If this wasn't you, type `/unlink` in a server where we both are: each account then keeps what was paid with it.",
    "notice.linked.telegram": "🔗 This account and **{account}** ({platform}) are one person now: what either has opens on both sides. If this wasn't you, type `/unlink` here: each account then keeps what was paid with it.",
    "notice.account_left": "Your {platform} account was replaced by another one of the same person, so what it had through them has ended. If this wasn't you, tell an admin of the community.",
    "notice.unlinked": "This account and **{account}** ({platform}) were unlinked. Each keeps what was paid with it; `/membership` shows what you have.",
    "notice.join_asked": "🔗 **{asker}** wants **{place}** to join your community **{community}**, with a code that you made. Its plans, chats and roles become the community's, and its admins manage it with you. Shall it?",
    "notice.joined": "✅ **{place}** belongs to **{community}** now. `/connect` there shows what is connected.",
    "notice.join_declined": "**{place}** does not join: the other side said no. Nothing was changed.",
    "notice.invoice_sent": "You have a new invoice **{number}** of {amount}: {what}.",
    "notice.email_needed": "{community} wants to send you an invoice of {amount}: {what}. Stripe needs your e-mail address for that.",
    "notice.blocked": "⚠️ I could not change **{target}** for {member}. {fix} I try again by myself; `/settings` shows whether it works.",
    "notice.breaker": {
        "one": "⚠️ {n} member would lose access in {community} at once. That is unusual, so I stopped and keep everybody in. Look at `/breaker` and decide.",
        "other": "⚠️ {n} members would lose access in {community} at once. That is unusual, so I stopped and keep everybody in. Look at `/breaker` and decide.",
    },
    "notice.breaker_members": "Among them: {members}.",
    "notice.checkout_paid_late": "Your payment for **{plan}** in {community} came in after its link had ended. It counts all the same: welcome!",
    "notice.paid_twice": "You pay for **{plan}** in {community} twice: two subscriptions are running. Cancel one of them with `/membership`; the admins know and can give back what was charged twice.",
    "notice.member_pays_twice": "⚠️ {member} pays for **{plan}** in {community} by two subscriptions. Cancel one of them in Stripe's dashboard, and refund what was charged twice.",
    "notice.given_up": "⚠️ I gave up changing **{target}** for {member} after many attempts: {detail}. `/member` shows it and tries again.",
    "notice.chat_lost": "⚠️ I was removed from **{chat}** ({community}). Its members stay in it; I can let nobody in or out until you add me again as an admin.",
    "notice.unknown": "There is news about your membership: `/membership` shows it.",
    "button.confirm": "Confirm the payment",
    "button.pay_now": "Pay now",
    "button.come_in": "Join {target}",
    "platform.discord": "Discord",
    "platform.telegram": "Telegram",
}
