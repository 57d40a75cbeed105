"""What is told by message, without being asked: a sentence a kind of notice, and its buttons."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Notices
    "notice.payment_failed": "Deine Zahlung für **{plan}** in {community} hat nicht geklappt. Du bleibst bis {until} drin: zahl vorher, um es zu behalten.",
    "notice.payment_failed_now": "Deine Zahlung für **{plan}** in {community} hat nicht geklappt, also ist der Zugang vorerst zu. Zahl, und er ist sofort zurück.",
    "notice.payment_action_required": "Deine Bank möchte, dass du die Zahlung für **{plan}** bestätigst. Das dauert eine Minute; sonst scheitert sie.",
    "notice.access_opened": "🎉 Willkommen bei **{plan}** in {community}! Jetzt offen für dich: {targets}. `/membership` zeigt es jederzeit.",
    "notice.access_ended": "Dein Zugang zu **{plan}** in {community} ist zu Ende: {reason}.",
    "notice.access_ended_plain": "Dein Zugang zu **{plan}** in {community} ist zu Ende. `/plans` zeigt, wie du wieder dabei bist.",
    "notice.trial_ending": "Deine Probezeit von **{plan}** in {community} endet am {day}. Danach kostet es {amount}. Wenn es dir gefällt, ist nichts zu tun; sonst kündige vorher mit `/membership`.",
    "notice.not_there": "**{plan}** gehört dir, du bist aber noch nicht in {community}. Tritt dem Server bei, dann geht dein Zugang von selbst auf.",
    "notice.come_in": "**{plan}** in {community} öffnet dir **{target}**. Bitte unten um Einlass: du kommst sofort hinein. Der Knopf gilt für dich und für niemanden, der nicht bezahlt hat.",
    "notice.not_linked": "**{plan}** in {community} öffnet auch **{target}** auf {platform}. Tippe `/link`, um zu sagen, welches Konto auf {platform} deins ist.",
    "notice.linked.discord": "🔗 Dieses Konto und **{account}** ({platform}) sind jetzt eine Person: was eines hat, öffnet beide Seiten. Warst du das nicht, dann tippe `/unlink` in einem Server, in dem wir beide sind: jedes Konto behält dann, was mit ihm bezahlt wurde.",
    "notice.linked.telegram": "🔗 Dieses Konto und **{account}** ({platform}) sind jetzt eine Person: was eines hat, öffnet beide Seiten. Warst du das nicht, dann tippe hier `/unlink`: jedes Konto behält dann, was mit ihm bezahlt wurde.",
    "notice.account_left": "Dein Konto auf {platform} wurde durch ein anderes derselben Person ersetzt; was es durch sie hatte, ist zu Ende. Warst du das nicht, dann sag es einem Admin der Community.",
    "notice.unlinked": "Dieses Konto und **{account}** ({platform}) wurden getrennt. Jedes behält, was mit ihm bezahlt wurde; `/membership` zeigt, was du hast.",
    "notice.join_asked": "🔗 **{asker}** möchte, dass **{place}** zu deiner Community **{community}** gehört, mit einem Code von dir. Angebote, Chats und Rollen von dort gehören dann dazu, und die Admins von dort verwalten mit. Soll es so sein?",
    "notice.joined": "✅ **{place}** gehört jetzt zu **{community}**. `/connect` dort zeigt, was verbunden ist.",
    "notice.join_declined": "**{place}** kommt nicht dazu: die andere Seite hat Nein gesagt. Nichts wurde geändert.",
    "notice.invoice_sent": "Du hast eine neue Rechnung **{number}** über {amount}: {what}.",
    "notice.email_needed": "{community} möchte dir eine Rechnung über {amount} schicken: {what}. Stripe braucht dafür deine E-Mail-Adresse.",
    "notice.blocked": "⚠️ Ich konnte **{target}** für {member} nicht ändern. {fix} Ich versuche es von selbst wieder; `/settings` zeigt, ob es klappt.",
    "notice.breaker": {
        "one": "⚠️ {n} Mitglied verlöre auf einmal den Zugang in {community}. Das ist ungewöhnlich, also habe ich angehalten und lasse alle drin. Sieh `/breaker` an und entscheide.",
        "other": "⚠️ {n} Mitglieder verlören auf einmal den Zugang in {community}. Das ist ungewöhnlich, also habe ich angehalten und lasse alle drin. Sieh `/breaker` an und entscheide.",
    },
    "notice.breaker_members": "Darunter: {members}.",
    "notice.checkout_paid_late": "Deine Zahlung für **{plan}** in {community} kam an, als der Link schon abgelaufen war. Sie zählt trotzdem: willkommen!",
    "notice.paid_twice": "Du zahlst **{plan}** in {community} doppelt: zwei Abos laufen. Kündige eins davon mit `/membership`; die Admins wissen Bescheid und können erstatten, was doppelt abgebucht wurde.",
    "notice.member_pays_twice": "⚠️ {member} zahlt **{plan}** in {community} mit zwei Abos. Kündige eins davon im Stripe-Dashboard und erstatte, was doppelt abgebucht wurde.",
    "notice.given_up": "⚠️ Ich habe es nach vielen Versuchen aufgegeben, **{target}** für {member} zu ändern: {detail}. `/member` zeigt es und versucht es neu.",
    "notice.chat_lost": "⚠️ Ich wurde aus **{chat}** ({community}) entfernt. Die Mitglieder bleiben drin; ich kann niemanden herein- oder hinauslassen, bis du mich wieder als Admin hinzufügst.",
    "notice.unknown": "Es gibt Neues zu deiner Mitgliedschaft: `/membership` zeigt es.",
    "button.confirm": "Zahlung bestätigen",
    "button.pay_now": "Jetzt bezahlen",
    "button.come_in": "{target} beitreten",
    "platform.discord": "Discord",
    "platform.telegram": "Telegram",
}
