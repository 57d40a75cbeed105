"""Whose service this is: `/claim`, `/team`, `/audit`."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    "claim.title": "Diesen Server beanspruchen",
    "claim.code": "Der Code von guestlist claim",
    "claim.how": "Ruf auf dem Rechner, auf dem dieser Bot läuft, `guestlist claim` auf, schick mir hier `/claim` mit "
    "dem Code und füg mich dann deiner Gruppe oder deinem Kanal hinzu.",
    "claim.held": "Der Code gehört jetzt dir. Füg mich nun von diesem Konto aus deiner Gruppe oder deinem Kanal als Admin hinzu: Ab dann bediene ich diesen Chat.",
    "claim.done": "Ich bediene jetzt **{place}**. Du bist Inhaber und bekommst Bescheid, wenn ein Admin gebraucht wird. Weiter geht es mit `/plan create`.",
    "claim.served": "Hier bin ich schon im Dienst; es wurde nichts geändert, und dein Code gilt weiter. Bitte "
    "**{contact}**, dich mit `/team` aufzunehmen.",
    "claim.served_owner": "Hier bin ich schon im Dienst; es wurde nichts geändert, und dein Code gilt weiter. Bitte "
    "den Besitzer des Servers oder Chats, dich mit `/team` aufzunehmen.",
    "claim.served_yours": "Hier bin ich schon im Dienst, und du bist einer der Inhaber. Es gibt nichts zu "
    "beanspruchen: `/plan create` legt ein Angebot an, `/team` zeigt das Team.",
    "claim.wrong": "Dieser Code gilt nicht, oder er wurde dort eingegeben, wo andere ihn lesen konnten. Ruf auf dem "
    "Rechner, auf dem dieser Bot läuft, `guestlist claim` auf und gib ein, was dort steht.",
    "claim.expired": "Dieser Code ist älter als einen Tag. Hol dir mit `guestlist claim` einen neuen.",
    "claim.used": "Dieser Code wurde schon benutzt. Hol dir mit `guestlist claim` einen neuen.",
    "claim.shared": "Dieser Server oder Chat gehört noch zu einer Community mit anderen, deren Angebote etwas von hier enthalten. Ein Inhaber dieser Community kann ihn beanspruchen: mit dem Konto, das in ihrem `/team` steht, oder mit einem, das durch `/link` damit verbunden ist. Oder trag ihn in der `config.toml` ein. Der Code gilt weiter.",
    "claim.in_private": "Hier könnten andere den Code mitlesen, deshalb gilt ein hier eingegebener nicht mehr. Hol "
    "dir mit `guestlist claim` einen neuen und schick ihn mir privat mit `/claim`.",
    "claim.brought": "Du hast mich zu **{place}** hinzugefügt, dort bin ich aber noch nicht im Dienst. Wenn der Bot deiner "
    "ist, ruf auf seinem Rechner `guestlist claim` auf und schick mir hier innerhalb von {stay} `/claim` mit dem Code; "
    "sonst verlasse ich den Chat wieder.",
    "claim.farewell": "Dieser Bot bedient diesen Server oder Chat nicht, deshalb geht er. Wenn es deiner ist, füg ihn wieder hinzu und beanspruche den Server oder Chat innerhalb von 15 Minuten mit einem Code von `guestlist claim`.",
    # The team
    "team.title": "**Das Team von {community}**",
    "team.row": "· **{name}** ({what}): {rank}",
    "team.kind.account": "Konto bei {platform}",
    "team.kind.role": "Rolle auf {platform}",
    "team.suspended": "⚠️ Diese Rolle zählt gerade nicht: Man kann sie auch ohne einen Administrator bekommen.",
    "team.empty.discord": "Noch niemand. Serverbesitzer und Administratoren sind hier Inhaber.",
    "team.empty.telegram": "Noch niemand. Wem der Chat gehört, ist hier Inhaber.",
    "team.how.discord": "Jemanden aufnehmen oder ändern: `/team member:@name rank:manager`; eine Rolle: `/team "
    "role:@name rank:support`. Der Serverbesitzer ist immer Inhaber, Administratoren nur, solange das Team leer ist.",
    "team.how.telegram": "Jemanden aufnehmen oder ändern: `/team_set`. Wem der Chat gehört, ist immer Inhaber.",
    "team.rank.owner": "Inhaber",
    "team.rank.manager": "Manager",
    "team.rank.support": "Support",
    "team.set": "✅ **{name}** ist jetzt im Team: {rank}.",
    "team.may.owner": "Inhaber dürfen alles und bestimmen das Team.",
    "team.may.manager": "Manager kümmern sich um Angebote, Preise, Rechnungen und Mitglieder.",
    "team.may.support": "Der Support schlägt Mitglieder nach und vergibt oder beendet Geschenke; Beträge sieht er nicht.",
    "team.first": "Mit diesem ersten Eintrag sind Administratoren nicht mehr von selbst Inhaber. Nimm die auf, die es "
    "bleiben sollen.",
    "team.joined": "Mit dem ersten Eintrag sind Administratoren nicht mehr von selbst Inhaber, deshalb bist du jetzt "
    "auch einer.",
    "team.hidden": "Discord zeigt diese Befehle nur Leuten mit „Server verwalten“. Für andere kannst du sie unter "
    "Servereinstellungen > Integrationen freigeben.",
    "team.removed": "✅ **{name}** ist nicht mehr im Team.",
    "team.emptied": "Das Team ist jetzt leer, deshalb sind die Administratoren des Servers wieder Inhaber.",
    "team.contact": "Du bist jetzt der Kontakt: Du bekommst Bescheid, wenn ein Admin gebraucht wird.",
    "team.owns": "Die Person bleibt Inhaber in {places}, denn dort gehört ihr der Server oder Chat.",
    "team.who_missing": "Wer? Nenn zum Rang auch ein Mitglied oder, auf Discord, eine Rolle.",
    "team.one_of_both": "Nenn entweder ein Mitglied oder eine Rolle, nicht beides.",
    "team.not_here": "Nur wer hier ist, kann ins Team.",
    "team.handed_out": "**{role}** kann nicht ins Team: Auch Leute ohne Administrator-Recht könnten sie vergeben, und "
    "zwar durch {givers}. Schieb sie über deren Rollen oder nimm diesen „Rollen verwalten“, oder nimm Leute einzeln auf.",
    "team.by_itself": "**{role}** kann nicht ins Team: Mitglieder können sie sich selbst holen, beim Onboarding, mit einem verknüpften Konto, einem Boost, einem Kauf oder über eine Integration. Nimm eine Rolle, die nur Administratoren vergeben, oder nimm Leute einzeln auf.",
    "team.refused.last_owner": "**{name}** ist der einzige Inhaber im Team. Mach zuerst jemand anderen zum Inhaber.",
    "team.refused.not_in": "**{name}** ist nicht im Team. `/team` zeigt, wer drin ist.",
    "team.refused.owns_place": "Der Server oder Chat selbst gehört **{name}**. Wem er gehört, ist hier immer Inhaber; "
    "daran ändert `/team` nichts.",
    "team.refused.administrator": "**{name}** ist Administrator des Servers, und solange das Team leer ist, sind Administratoren hier Inhaber. Nimm jemanden ins Team auf; ab dann zählen nur noch die Leute darin.",
    "team.refused.opened": "Ein Angebot gibt Mitgliedern **{name}** oder hat es getan, deshalb kann die Rolle nicht ins "
    "Team. Leg für das Team eine eigene an.",
    "team.refused.unknown": "Discord sagt gerade nicht, wer **{name}** vergeben könnte. Versuch es in einer Minute "
    "noch einmal.",
    "button.team_remove": "{name} entfernen",
    "notice.team_rank": "👋 Du bist jetzt im Team von **{community}**: {rank}. {may} Mit `/help` auf dem Server oder im "
    "Chat siehst du deine Befehle.",
    "notice.team_suspended": "⚠️ Die Rolle **{role}** zählt im Team von {community} vorerst nicht: Auch Leute ohne "
    "Administrator-Recht könnten sie vergeben, und zwar durch {givers}. Schieb sie über deren Rollen oder nimm diesen "
    "„Rollen verwalten“; ich sehe nach, sobald sich Rollen ändern.",
    "notice.team_by_itself": "⚠️ Die Rolle **{role}** zählt im Team von {community} vorerst nicht: Mitglieder können sie sich selbst holen, beim Onboarding, mit einem verknüpften Konto, einem Boost, einem Kauf oder über eine Integration. Stell das ab, oder nimm eine Rolle, die nur Administratoren vergeben; ich prüfe es wieder, sobald sich Rollen ändern, und täglich.",
    "notice.team_set_by": "Leute mit dieser Rolle haben ins Team aufgenommen: {names}. Sie bleiben darin: Sieh mit `/team` nach und entferne, wer nicht dazugehört.",
    # What somebody may have the bot give
    "hand.not_yours": "Du könntest **{name}** selbst niemandem geben, also tue ich es auch nicht für dich. Frag den "
    "Inhaber oder jemanden mit „Rollen verwalten“ und einer höheren Rolle; in einem Chat einen Admin, der einladen darf.",
    "hand.owner_only": "**{name}** hat gefährliche Rechte ({permissions}). Nur der Serverbesitzer kann die Rolle "
    "verkaufen oder vergeben lassen, und zwar auf Discord.",
    "hand.role_elsewhere": "**{name}** ist eine Rolle auf {platform}; ob du sie vergeben könntest, sehe ich von hier aus nicht. "
    "Mach das auf {platform}.",
    "hand.chat_elsewhere": "**{name}** ist ein Chat auf {platform}. Von hier aus kann nur ein Inhaber der Community dorthin Zugang geben; auf {platform} kann es jeder Admin des Chats, der einladen darf.",
    "hand.unknown": "Ich kann gerade nicht feststellen, ob du **{name}** vergeben könntest. Versuch es in einer Minute noch einmal.",
    "hand.warned": "⚠️ **{name}** hat gefährliche Rechte: {permissions}. Wer die Rolle hat, kann dem Server schaden. Wenn "
    "du es trotzdem willst, schick denselben Befehl innerhalb von 10 Minuten noch einmal.",
    # Who is here
    "who.not_here": "Nachschlagen, abrechnen und verschenken kann ich nur bei Leuten, die hier sind oder hier etwas "
    "gekauft haben. Wähl jemand anderen.",
    "who.unknown": "Ich kann gerade nicht feststellen, wer hier ist. Versuch es in einer Minute noch einmal. Bleibt es so, sieh nach, ob ich noch hier bin, in Telegram noch als Admin.",
}
