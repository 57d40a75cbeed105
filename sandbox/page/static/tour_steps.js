// The first minute, step by step: what to do and why, where, how one sees that it was done, and how the page does it.

import { browse, close, shown } from "./browser.js";
import { ALWAYS } from "./controls.js";
import { act, become, me, now, show, world } from "./page.js";
import { lines } from "./way.js";

const CARD = "4242424242424242";
const LOOK_MS = 100;
const WAIT_MS_MAX = 20_000;
const LINK_SECONDS = 86_400;

// -- what is true now -------------------------------------------------------------------------------------------

const guild = () => world.discord.guild;
const role = () => guild().roles.find((one) => one.name === "Members") ?? guild().roles.at(0);
const holds = (person) =>
  Boolean(
    guild()
      .members.find((one) => one.id === person.discord)
      ?.roles.includes(role().id),
  );
const group = () => world.telegram.chats[0];
const inside = (person) => group().members.some((one) => String(one.id) === String(person.telegram));
const linked = (person) => lines().some((line) => line.who === person.name && line.gist === "linked");
const owes = (person) =>
  /is past due|^closes/.test(
    lines().findLast((line) => line.id.startsWith("decision:") && line.who === person.name)?.gist ?? "",
  );

const bought = (person) => holds(person) || owes(person);

/** The newest link of this kind that the person was sent lately, on Discord or on Telegram. */
function sent(part, seconds = Infinity) {
  const there = [...Object.values(world.discord.messages).flat(), ...world.discord.direct, ...world.telegram.private];
  const found = there.filter(
    (message) => now() - message.at < seconds && message.buttons?.some((button) => button.url?.includes(part)),
  );
  const newest = found.sort((one, other) => one.at - other.at).at(-1);
  return newest?.buttons.find((button) => button.url?.includes(part)).url ?? null;
}

/** Another member who has not paid yet. */
export function other(hero) {
  return world.people.find((person) => person.role !== "admin" && person.key !== hero.key && !holds(person)) ?? null;
}

// -- where it is ------------------------------------------------------------------------------------------------

const find = (selector) => [...document.querySelectorAll(selector)].findLast(isThere) ?? null;
/** In view, or in view after scrolling; what waits beside the screen (a drawer) is not. */
function isThere(node) {
  const box = node.getBoundingClientRect();
  return box.width > 0 && box.right > 0 && box.left < innerWidth && node.checkVisibility({ visibilityProperty: true });
}

const testid = (name) => find(`[data-testid="${name}"]`);
const linkTo = (pane, part) => find(`#${pane} a[href*="${part}"]`);
const button = (pane, text) =>
  [...document.querySelectorAll(`#${pane} button`)].findLast(
    (node) => node.textContent.includes(text) && isThere(node),
  ) ?? null;
/** The message with the link to pay, in the part of it that can be seen. */
const answer = () => linkTo("discord", "/checkout/")?.closest(".d-message") ?? null;
const composer = () => testid("slash-menu") ?? testid("discord-composer") ?? find("#discord");

// -- how the page does it ---------------------------------------------------------------------------------------

async function until(what, sentence) {
  for (let waited = 0; waited < WAIT_MS_MAX; waited += LOOK_MS) {
    const found = what();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(sentence);
}

async function command(person, name, options = {}) {
  testid("channel-welcome")?.click();
  const told = await act("/sandbox/discord/command", { guild: guild().id, user: person.discord, name, options });
  if (told.error) throw new Error(told.error);
  return told;
}

/** Pays on the page in the browser with the offered test card, as a click there does. */
async function payAt(url) {
  const path = new URL(url).pathname;
  // The whole page: a form of which only a part has come would be sent without what is below.
  const whole = () => shown()?.location.pathname === path && shown().readyState === "complete";
  const there = () => (whole() ? shown().querySelector(`button[value="${CARD}"]`) : null);
  if (!there()) browse(url);
  (await until(there, "The page to pay on did not come.")).click();
}

async function link(hero) {
  if (!sent("?start=")) await command(hero, "link");
  const payload = new URL(await until(() => sent("?start="), "No code came.")).searchParams.get("start");
  show("telegram");
  testid("chat-bot")?.click();
  const told = await act("/sandbox/telegram/start", { user: hero.telegram, payload });
  const asked = told.replies.find((reply) => reply.buttons.some((one) => one.text.startsWith("Yes")));
  if (!asked) throw new Error(told.error ?? told.replies[0]?.text ?? "The bot did not answer.");
  await act("/sandbox/telegram/click", { user: hero.telegram, message: asked.message, button: "Yes" });
  show("discord");
  testid("direct-messages")?.click();
  const confirmation = (message) => message.buttons?.find((one) => one.label === "Yes, link us");
  const question = await until(() => world.discord.direct.findLast(confirmation), "Nobody asked to confirm.");
  await act("/sandbox/discord/click", {
    user: hero.discord,
    message: question.id,
    custom_id: confirmation(question).custom_id,
  });
}

/** The service is killed, somebody pays while it is dead, then it comes back. `tell` says what happens. */
async function killWhilePaying(hero, tell) {
  const payer = other(hero);
  tell(`${payer.name} asks for a link to pay.`);
  const told = await command(payer, "subscribe", { plan: "Pro" });
  const url = told.replies.flatMap((reply) => reply.buttons).find((one) => one.url?.includes("/checkout/"))?.url;
  if (!url) throw new Error(told.replies[0]?.text ?? "No link came.");
  await act("/page/service", { do: "kill" });
  tell(`kill -9. Now ${payer.name} pays, and nobody is there to hear of it.`);
  await act("/sandbox/stripe/pay", {
    session: new URL(url).pathname.split("/").at(-1),
    card: CARD,
    email: `${payer.key}@example.com`,
  });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  tell("The webhooks got no answer. The service starts again.");
  await act("/page/service", { do: "start" });
  await until(() => holds(payer), "It takes longer than it should: look at the lines.");
  tell(`It asked Stripe what it had missed: ${payer.name} is in. Nothing lost, nothing twice.`);
}

// -- the steps --------------------------------------------------------------------------------------------------

/**
 * Each has a `title` and `text` for the person whose story it is, `at` the element that is meant now, and `done`:
 * whether it has happened. A step of `read` waits for "Next" instead; one that `follows` is left out where the one before
 * was. `act` does it for the visitor, where it `can`, by a button of its own `label`. `pane` is to be in view, an open
 * page stays with `browser`, and what is `clear` (a selector, or a function) should not be covered.
 */
export const STEPS = [
  {
    id: "who",
    read: true,
    pane: "discord",
    title: (hero) => `You are ${hero.name}`,
    text: (hero) =>
      `A book club lives on Discord and Telegram. ${admin()} sells its membership, Pro: a coloured role, a private ` +
      `channel and a Telegram group. ${standing(hero)} You can switch to somebody else here at any time.`,
    at: () => find("#picker"),
  },
  {
    id: "subscribe",
    pane: "discord",
    clear: ["#d-foot"],
    title: () => "Type /subscribe",
    text: () =>
      "In the message box, choose the plan Pro and send. Members buy where they already are, and only they see the " +
      "answer.",
    at: composer,
    done: (hero) => bought(hero) || Boolean(sent("/checkout/", LINK_SECONDS)),
    act: (hero) => command(hero, "subscribe", { plan: "Pro" }),
  },
  {
    id: "pay",
    pane: "discord",
    browser: true,
    clear: ["#d-members", answer],
    title: () => "Open the link, and pay",
    text: () =>
      "Press “Pay”, then use the test card 4242 4242 4242 4242 on Stripe's page. The money goes straight to the owner's " +
      "own Stripe account.",
    at: () => find("#browser") ?? linkTo("discord", "/checkout/") ?? composer(),
    done: bought,
    act: async (hero) => {
      await payAt(
        await until(() => sent("/checkout/", LINK_SECONDS), "There is no link to pay: type /subscribe first."),
      );
      await until(() => holds(hero), "The role hasn't arrived yet: the lines behind the scenes say why.");
    },
  },
  {
    id: "way",
    read: true,
    follows: true,
    pane: "backstage",
    browser: true,
    clear: ["#d-side", "#d-members"],
    title: () => "This is what just happened",
    text: (hero) =>
      "Stripe's webhooks were stored before they got their 200. Then Stripe was asked what is true now, one decision " +
      `was made, and its effect granted the role: ${hero.name}'s name took the colour of Members, and #members-lounge ` +
      "is open.",
    at: () => find("#way"),
  },
  {
    id: "link",
    pane: "discord",
    clear: ["#d-foot", "#t-log", "#t-foot"],
    title: () => "The same person on Telegram",
    text: () =>
      "Pro includes a Telegram group as well. Type /link, press “Open Telegram”, and there “Start” and “Yes”. Then confirm in " +
      "Guestlist's message on Discord: only a yes on both sides makes the accounts one person.",
    at: () => button("discord", "Yes, link us") ?? button("telegram", "Yes, both") ?? testid("telegram-start") ?? linkTo("discord", "?start=") ?? composer(),
    done: (hero) => linked(hero) || inside(hero) || owes(hero),
    act: link,
  },
  {
    id: "join",
    pane: "telegram",
    title: () => "Join the Reading room",
    text: () =>
      "Press “Join Reading room”. It is no use to anybody who hasn't paid: requests to join are approved only for " +
      "members.",
    at: () => linkTo("telegram", "t.me/+") ?? find("#telegram"),
    done: (hero) => inside(hero) || owes(hero),
    act: async (hero) => {
      const url = await until(() => sent("t.me/+"), "The invitation hasn't arrived yet.");
      testid("chat-bot")?.click();
      await act("/sandbox/telegram/join", { user: hero.telegram, link: url });
      testid("chat-group")?.click();
    },
  },
  {
    id: "fails",
    clear: ["#controls", "#d-members"],
    pane: "backstage",
    title: () => "A month later the card fails",
    text: () =>
      "Set “The card fails” to “Always”, then press “+1 month”: the renewal is declined. Watch the decision: nobody " +
      "loses access at once.",
    at: () => (world.stripe.declining ? find("#control-time") : find("#control-decline")),
    done: owes,
    act: async () => {
      await act("/sandbox/stripe/decline", { times: ALWAYS });
      await act("/sandbox/clock", { advance: "1mo 2h" });
    },
  },
  {
    id: "grace",
    clear: ["#controls", "#d-members"],
    pane: "backstage",
    title: () => "Three days of grace",
    text: (hero) =>
      `${hero.name} got a private message with a link to pay, and keeps access for 3 days. Press “+1 day” until they are ` +
      "over. No webhook announces that: time does.",
    at: () => find("#control-time"),
    done: (hero) => !holds(hero),
    act: (hero) =>
      act("/sandbox/clock", { advance: "3d" }).then(() =>
        until(() => !holds(hero), "The grace period isn't over yet: let another day pass."),
      ),
  },
  {
    id: "back",
    pane: "discord",
    title: () => "Access lost. Pay, and get it back",
    text: () =>
      "The role and the group are gone again. Open “Pay now” in your direct messages and pay with 4242: the role " +
      "is back within a second, and there is a new invitation to the group.",
    at: () =>
      find("#browser") ??
      linkTo("discord", "/invoice/") ??
      testid("direct-messages") ??
      testid("discord-home") ??
      testid("discord-menu"),
    done: holds,
    act: async (hero) => {
      testid("direct-messages")?.click();
      await payAt(await until(() => sent("/invoice/"), "The message with the link hasn't arrived yet."));
      await act("/sandbox/stripe/decline", { times: 0 });
      await until(() => holds(hero), "The role hasn't arrived yet: the lines behind the scenes say why.");
    },
  },
  {
    id: "kill",
    clear: ["#controls", "#d-members"],
    read: true,
    pane: "backstage",
    title: () => "Now try to break it",
    text: (hero) =>
      `Kill the service while ${other(hero)?.name ?? "somebody"} pays, lose all webhooks, let Discord refuse: ` +
      "what was paid for is granted in the end. Whatever was stored stays stored.",
    at: () => find("#control-service"),
    act: (hero, tell) => killWhilePaying(hero, tell),
    can: (hero) => world.service.can && world.service.alive && Boolean(other(hero)),
    label: (hero) => `Kill it while ${other(hero)?.name} pays`,
  },
  {
    id: "own",
    read: true,
    pane: "backstage",
    title: () => "Now with your own Stripe",
    text: () =>
      "All of this was played on your machine. With your own Stripe account, Discord server and Telegram chats it is the " +
      "same program and one configuration file: “Going live” in the README leads there, first in Stripe's test mode.",
    at: () => null,
  },
];

/** What the person has already when the tour begins: what is done is left out. */
const standing = (hero) =>
  holds(hero)
    ? `${hero.name} has it already, from before; what is done is left out.`
    : `${hero.name} has none of it yet.`;

const admin = () => world.people.find((person) => person.role === "admin")?.name ?? "The admin";

/** The person whose story it is: `key`, else a member who has not paid yet, else any; null on an empty stage. */
export function heroOf(key) {
  const members = world.people.filter((person) => person.role !== "admin" && person.discord && person.telegram);
  return (
    members.find((person) => person.key === key) ?? members.find((person) => !bought(person)) ?? members[0] ?? null
  );
}

/** Makes sure that the visitor is the person whose story it is. */
export async function be(hero) {
  if (me()?.key === hero.key) return;
  become(hero.key);
  await until(() => me()?.key === hero.key, "The page did not change to that person.");
}

export { close as closeBrowser };
