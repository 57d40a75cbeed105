"""What members, moderators and admins do."""

import asyncio
from dataclasses import replace

from sandbox.play import Received
from tests.soak.cast import ADA, DAY, GUILD, MOD, PEOPLE, PLANS, ROLES
from tests.soak.diary import Link, Present
from tests.soak.steps import Step, latest_or_any, one_of, step
from tests.soak.world import NoAnswer, NotNow, World

GOOD, DECLINED, FAILS_LATER = "4242424242424242", "4000000000000002", "4000000000000341"


def noted(w: World, account: str, heard: Received) -> str:
    """Write down the link that somebody got, and answer its session; what was said instead otherwise."""
    for url in heard.buttons.values():
        if "/checkout/" in url:
            session = url.split("?")[0].rpartition("/")[2]
            w.diary.links.setdefault(session, Link(account, w.sandbox.clock.now()))
            return session
    raise NotNow(heard.text or "no reply")


async def pays_session(w: World, session: str, card: str) -> str:
    """Somebody types a card on the page of a link."""
    paid = await w.play.post("stripe/pay", {"session": session, "card": card, "email": "member@example.org"})
    return f"{session[:16]}: {paid['status']}"


# -- buying ------------------------------------------------------------------------------------------------------------


@step(12)
async def buys(w: World, s: Step) -> str:
    """Asks for a link and pays it at once. Every other trial begins with a card that will fail when it ends."""
    session = noted(w, s.account, await w.says(s.account, "subscribe", plan=s.plan))
    return await pays_session(w, session, FAILS_LATER if PLANS[s.plan].trial and s.n % 2 else GOOD)


@step(3)
async def asks(w: World, s: Step) -> str:
    """Asks for a link, and pays it later or never."""
    return noted(w, s.account, await w.says(s.account, "subscribe", plan=s.plan))


@step(3)
async def asks_twice_at_once(w: World, s: Step) -> str:
    """Two commands at the same moment: if both are answered with a link, both are paid."""
    await w.can_talk(s.account)
    heard = await asyncio.gather(
        *(w.says(s.account, "subscribe", plan=s.plan) for _ in range(2)), return_exceptions=True
    )
    sessions = []
    for one in heard:
        if isinstance(one, Received):
            try:
                sessions.append(noted(w, s.account, one))
            except NotNow:
                continue
        elif not isinstance(one, NotNow):
            raise one
    if not sessions:
        raise NotNow("no link")
    return ", ".join([await pays_session(w, session, GOOD) for session in dict.fromkeys(sessions)])


@step(4)
async def pays(w: World, s: Step) -> str:
    """Pays an open link, with a good card or one that fails."""
    open_ones = {session["id"] for session in w.stripe("checkout.session") if session["status"] == "open"}
    session = one_of(
        [id_ for id_, link in w.diary.links.items() if link.account in (s.who, s.there) and id_ in open_ones], s.n
    )
    return await pays_session(w, session, one_of((GOOD, GOOD, GOOD, DECLINED, FAILS_LATER), s.n))


# -- paying on ---------------------------------------------------------------------------------------------------------


@step(5)
async def pays_an_invoice(w: World, s: Step) -> str:
    """Pays what is open on Stripe's page."""
    invoice = latest_or_any(w.invoices_of(s.who, "open"), s.n)
    paid = await w.play.post("stripe/pay", {"invoice": invoice["id"], "card": GOOD})
    return f"{invoice['id'][:12]}: {paid['status']}"


@step(7)
async def changes_card(w: World, s: Step) -> str:
    """From now on another card pays: one that works, or (mostly) one that fails at each charge."""
    card = one_of(("pm_card_chargeCustomerFail", "pm_card_chargeCustomerFail", "pm_card_visa"), s.n)
    running = [x for x in w.subscriptions_of(s.who) if x["status"] not in ("canceled", "incomplete_expired")]
    if not running:
        raise NotNow("nothing to pay")
    for customer in {x["customer"] for x in running}:
        method = await w.owner("POST", f"payment_methods/{card}/attach", {"customer": customer})
        for mine in [x for x in running if x["customer"] == customer]:
            await w.owner("POST", f"subscriptions/{mine['id']}", {"default_payment_method": method["id"]})
    return card


@step(4)
async def cancels(w: World, s: Step) -> str:
    """By the buttons of `/membership`."""
    heard = await w.says(s.account, "membership")
    asked = await w.presses(s.account, heard, "Cancel ")
    return (await w.presses(s.account, asked, "Yes")).text[:60]


@step(3)
async def resumes(w: World, s: Step) -> str:
    """Takes a cancellation back."""
    return (await w.presses(s.account, await w.says(s.account, "membership"), "Resume ")).text[:60]


# -- coming and going --------------------------------------------------------------------------------------------------


async def member(w: World, s: Step, action: str) -> str:
    """Somebody comes or goes, or a moderator sees to it."""
    await w.play.post("discord/member", {"guild": GUILD, "user": s.user, "action": action})
    return f"{s.who}: {action}"


@step(4)
async def leaves(w: World, s: Step) -> str:
    return await member(w, s, "leave")


@step(7)
async def joins(w: World, s: Step) -> str:
    """Somebody who is out comes (back)."""
    banned, members = w.guild.bans, w.guild.members
    out = [who for who, user in PEOPLE.items() if int(user) not in members and int(user) not in banned]
    return await member(w, s.by(one_of(out, s.n)), "join")


@step(1)
async def is_banned(w: World, s: Step) -> str:
    return await member(w, s, "ban")


@step(4)
async def is_unbanned(w: World, s: Step) -> str:
    """Somebody who is banned may come again."""
    banned = [who for who, user in PEOPLE.items() if int(user) in w.guild.bans]
    return await member(w, s.by(one_of(banned, s.n)), "unban")


# -- moderators --------------------------------------------------------------------------------------------------------


@step(4)
async def role_given_by_hand(w: World, s: Step) -> str:
    role = one_of(list(ROLES), s.n)
    nothing_else = w.nothing_opens(s.who, role)
    body = {"guild": GUILD, "role": role, "user": s.user, "action": "give", "by": "mod"}
    await w.play.post("discord/role", body)
    if nothing_else:
        w.diary.gifts.add((s.who, role, w.guild.log[-1]["at"]))
    return role


@step(4)
async def role_taken_by_hand(w: World, s: Step) -> str:
    role = one_of(list(ROLES), s.n)
    body = {"guild": GUILD, "role": role, "user": s.user, "action": "take", "by": "mod"}
    await w.play.post("discord/role", body)
    return role


@step(2)
async def role_moved_above_the_bot(w: World, s: Step) -> str:
    """The bot can't give or take it, until an admin moves it back: in the next quiet period."""
    role = one_of(list(ROLES), s.n)
    await w.play.post("discord/role", {"guild": GUILD, "role": role, "action": "move", "position": 50})
    w.moved_roles.add(role)
    return role


# -- admins ------------------------------------------------------------------------------------------------------------


@step(3)
async def present_given(w: World, s: Step) -> str:
    """Free days of a plan."""
    days, at = 1 + s.n % 5, w.sandbox.clock.now()
    present = Present(s.who, s.plan, at, at + days * DAY)
    try:
        heard = await w.says(ADA, "member", member=s.user, give=s.plan, days=days)
    except NoAnswer:
        w.diary.presents.append(replace(present, sure=False))
        return f"{days} days: no answer"
    if "I can only" in heard.text:  # they left, and never had anything
        raise NotNow("not here")
    sure = "free for" in heard.text
    w.diary.presents.append(replace(present, sure=sure))
    return f"{days} days: {heard.text[:60]}"


@step(1)
async def present_ended(w: World, s: Step) -> str:
    """An admin ends what was given. Of several it is not known which: then they count as unsure."""
    now = w.sandbox.clock.now()
    running = [p for p in w.diary.presents if (p.who, p.plan) == (s.who, s.plan) and p.until > now]
    if not running:
        raise NotNow("nothing was given")
    heard = await w.says(ADA, "member", member=s.user)
    try:
        text = (await w.presses(ADA, heard, f"End free membership: {s.plan}")).text
    except NoAnswer:
        text = ""
    ended = len(running) == 1 and "has ended" in text
    changed = [replace(p, until=now) if ended else replace(p, sure=False) for p in running]
    w.diary.presents = [p for p in w.diary.presents if p not in running] + changed
    return text[:60]


@step(2)
async def price_changed(w: World, s: Step) -> str:
    """Links for the old price end; who is a member keeps what they pay."""
    price = f"{float(PLANS[s.plan].price) + s.n % 4:.2f}"
    return (await w.says(ADA, "plan edit", plan=s.plan, price=price)).text[:60]


@step(2)
async def is_billed(w: World, s: Step) -> str:
    """An invoice by hand."""
    options = {"member": s.user, "amount": f"{1 + s.n % 90}.00", "what": f"Coaching {s.n}", "days": s.n % 10}
    return (await w.says(ADA, "invoice create", **options)).text[:60]


@step(1)
async def is_looked_at(w: World, s: Step) -> str:
    """Reading changes nothing."""
    name, options = one_of((("member", {"member": s.user}), ("breaker", {}), ("plan list", {})), s.n)
    return (await w.says(ADA, name, **options)).text[:60] or MOD
