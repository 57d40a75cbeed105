"""Help, and what is said when something is not possible."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Help
    "help.members": "**Für dich**",
    "help.team": "**Für das Team**",
    "help.line": "`/{command}`: {about}",
    "help.start.discord": "**Hier geht es los:** Leg eine Rolle für Mitglieder an, schieb meine eigene darüber und gib dann `/plan create` ein.",
    "help.start.telegram": "**Hier geht es los:** Mach mich im Chat zum Admin und gib dann `/plan create` ein.",
    "help.pay": "Du bezahlst auf der Seite von Stripe. Deine Karte sehe ich nie.",
    # What could not be told
    "unread.above": "**Während ich dich nicht erreichen konnte:**",
    "unread.line": "• {day}: {text}",
    # When something is not possible
    "error.team_only": "Das ist dem Team der Community vorbehalten. Bitte den Inhaber, dich mit {team} aufzunehmen.",
    "error.rank.manager": "Das dürfen nur Manager und Inhaber der Community. Bitte einen Inhaber, deinen Rang mit "
    "{team} zu ändern.",
    "error.unsure": "Du gehörst durch eine Rolle zum Team, und Discord sagt gerade nicht, wer sie vergeben könnte. "
    "Versuch es in einer Minute noch einmal.",
    "error.rank.owner": "Das darf nur ein Inhaber der Community.",
    "error.unclaimed.discord": "Dieser Bot bedient diesen Server noch nicht. Wenn es deiner ist, gib hier `/claim` "
    "ein.",
    "error.unclaimed.telegram": "Dieser Bot bedient diesen Chat noch nicht. Wenn es deiner ist, schick mir privat "
    "`/claim`.",
    "error.which_chat": "Ich weiß noch nicht, um welche Community es geht. Öffne mich aus ihrem Chat oder mit der "
    "Adresse, die ihr Team verteilt, und frag noch einmal.",
    "error.in_server": "Das geht nur auf dem Server oder im Chat, um den es geht.",
    "error.often": {
        "one": "Das war ziemlich viel auf einmal, deshalb wurde nichts geändert. Versuch es in {n} Sekunde noch einmal.",
        "other": "Das war ziemlich viel auf einmal, deshalb wurde nichts geändert. Versuch es in {n} Sekunden noch einmal.",
    },
    "error.store": "Ich erreiche gerade meine Datenbank nicht, also wurde nichts geändert. Versuch es in einer Minute "
    "noch einmal. (Für die Admins: {incident})",
    "error.not_offered": "Das geht hier nicht: Der Dienst, über den diese Community bezahlt wird, bietet es nicht an. Es wurde nichts getan.",
    "error.provider": "Stripe antwortet gerade nicht. Nichts wurde doppelt abgebucht; versuch es in einer Minute noch "
    "einmal. (Für die Admins: {incident})",
    "error.key": "Stripe lässt mich das nicht tun: Meinem Schlüssel fehlt ein Recht, oder er gilt nicht mehr.{detail} "
    "Nichts wurde abgebucht. Ein Admin kann das im Stripe-Dashboard beheben (`guestlist check` sagt, was fehlt); was "
    "begonnen war, geht dann von selbst weiter. (Für die Admins: {incident})",
    "error.refused": "Stripe hat abgelehnt: {detail} (Für die Admins: {incident})",
    "error.refused_member": "Stripe hat das nicht angenommen. Sag bitte einem Admin Bescheid und nenn ihm die Nummer "
    "{incident}.",
    "error.slow": "Das dauert länger, als es soll. Versuch es in einer Minute noch einmal; nichts wird doppelt "
    "abgebucht. (Für die Admins: {incident})",
    "reply.soon": "Das dauert einen Moment länger als sonst. Die Antwort erscheint hier; du musst nicht noch einmal "
    "fragen.",
    "error.restart": "Ich werde gerade neu gestartet. Versuch es in einer Minute noch einmal; nichts wird doppelt "
    "abgebucht.",
    "error.unexpected": "Bei mir ist etwas schiefgegangen. Versuch es noch einmal; wenn es so bleibt, gib den Admins "
    "diese Nummer: {incident}",
    "error.unknown_command": "Diesen Befehl kenne ich nicht. `/help` zeigt, welche es gibt. Bietet deine App ihn noch "
    "an, dann starte sie neu.",
    "error.unknown_action": "Dieser Knopf gehört zu einer älteren Nachricht. Gib den Befehl noch einmal ein: "
    "`/help` zeigt alle.",
    "error.option_missing": "„{option}“ fehlt. Gib den Befehl noch einmal mit dieser Option ein.",
}
