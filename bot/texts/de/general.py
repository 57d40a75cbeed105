"""Help, and what is said when something is not possible."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Help
    "help.members": "**Für dich**\n`/plans` was es gibt · `/subscribe` mitmachen · `/membership` was du hast, Karte, kündigen, fortsetzen · `/invoices` bezahlen oder herunterladen · `/link`, `/unlink` deine Konten auf Discord und Telegram",
    "help.admins": "**Für Admins**\n`/plan create`, `/plan edit`, `/plan list`, `/plan archive` was ihr verkauft · `/invoice create` eine einzelne Rechnung · `/member` warum jemand Zugang hat oder nicht, freie Tage · `/breaker` zurückgehaltene Entfernungen · `/connect` Server und Chats einer Community · `/settings` Zustand und Voreinstellungen",
    "help.start": "**Hier geht es los:** `/plan create`. Auf Discord leg vorher eine Rolle für Mitglieder an und schieb meine eigene darüber; auf Telegram mach mich vorher im Chat zum Admin.",
    "help.telegram": "`/paysupport` Hilfe bei einer Zahlung · `/privacy` was über dich gespeichert ist",
    "help.pay": "Du bezahlst auf der Seite von Stripe. Deine Karte sehe ich nie.",
    # When something is not possible
    "error.admins_only": "Das ist für die Admins hier. Frag jemanden von ihnen.",
    "error.in_server": "Nimm das in dem Server oder Chat, um den es geht.",
    "error.store": "Ich erreiche gerade meine Datenbank nicht, also wurde nichts geändert. Versuch es in einer Minute noch einmal. (Für die Admins: {incident})",
    "error.provider": "Stripe antwortet gerade nicht. Nichts wurde doppelt abgebucht; versuch es in einer Minute noch einmal. (Für die Admins: {incident})",
    "error.key": "Stripe lässt mich das nicht tun: Meinem Schlüssel fehlt ein Recht, oder er gilt nicht mehr.{detail} Nichts wurde abgebucht. Ein Admin kann das im Stripe-Dashboard beheben (`guestlist check` sagt, was fehlt); was begonnen war, geht dann von selbst weiter. (Für die Admins: {incident})",
    "error.refused": "Stripe hat abgelehnt: {detail} (Für die Admins: {incident})",
    "error.slow": "Das dauert länger, als es soll. Versuch es in einer Minute noch einmal; nichts wird doppelt abgebucht. (Für die Admins: {incident})",
    "reply.soon": "Das dauert einen Moment länger als sonst. Die Antwort erscheint hier; du musst nicht noch einmal fragen.",
    "error.restart": "Ich werde gerade neu gestartet. Versuch es in einer Minute noch einmal; nichts wird doppelt abgebucht.",
    "error.unexpected": "Bei mir ist etwas schiefgegangen. Versuch es noch einmal; wenn es bleibt, gib den Admins diese Nummer: {incident}",
    "error.unknown_command": "Diesen Befehl kenne ich nicht. `/help` zeigt, welche es gibt. Bietet deine App ihn noch an, dann starte sie neu.",
    "error.unknown_action": "Dieser Knopf gehört zu einer älteren Nachricht. Nimm den Befehl noch einmal: `/help` zeigt sie.",
    "error.option_missing": "«{option}» fehlt. Tipp den Befehl noch einmal und füll es aus.",
}
