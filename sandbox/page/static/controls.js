// The controls: time, cards, webhooks, platforms, the service itself. What is set is read back from the world.

import { announce, byId, h } from "./dom.js";
import { act, now, world } from "./page.js";

/** So many automatic payments that a visitor sees no end of them. */
export const ALWAYS = 1000;
const TICK_MS = 20_000;

/** Discord's own answer to a bot that may not. */
const REFUSES = {
  discord: [
    {
      service: "discord",
      path: "/guilds/*/members/*/roles/*",
      status: 403,
      times: 0,
      body: { message: "Missing Permissions", code: 50013 },
    },
  ],
  telegram: ["approveChatJoinRequest", "banChatMember", "createChatInviteLink"].map((path) => ({
    service: "telegram",
    path,
    status: 400,
    times: 0,
    body: { description: "Bad Request: not enough rights" },
  })),
};

const isOurs = (fault) => (ours) =>
  fault.service === ours.service && fault.path === ours.path && fault.status === ours.status;
const faultsOf = (service) => world.faults.filter((fault) => REFUSES[service].some(isOurs(fault)));

async function refuse(service, on) {
  if (on) for (const fault of REFUSES[service]) await act("/sandbox/faults", fault);
  else for (const fault of faultsOf(service)) await act(`/sandbox/faults/${fault.id}`, {}, { method: "DELETE" });
}

/** How many times, as one of the choices. */
const times = (number) => (number === 0 ? "no" : number === 1 ? "once" : "always");

/**
 * What can be set. `choices`: value and label, the first is how it began. `read` answers the value that is set now,
 * `write` sets one.
 */
const SETTINGS = [
  {
    id: "decline",
    group: "Stripe",
    name: "The card fails",
    choices: [
      ["no", "No"],
      ["once", "Next time"],
      ["always", "Always"],
    ],
    about: "At the next renewal the bank says no. Expect a private message with a link to pay, and a grace period of 3 days.",
    read: () => times(world.stripe.declining),
    write: (value) => act("/sandbox/stripe/decline", { times: { no: 0, once: 1, always: ALWAYS }[value] }),
  },
  {
    id: "drop",
    group: "Webhooks",
    name: "Get lost",
    choices: [
      ["no", "None"],
      ["once", "The next"],
      ["always", "All"],
    ],
    about: "They never arrive. Guestlist finds them again by comparing with Stripe's list, within a minute here.",
    read: () => (world.webhooks.drop === true ? "always" : times(Number(world.webhooks.drop))),
    write: (value) => act("/sandbox/webhooks", { drop: { no: false, once: 1, always: true }[value] }),
  },
  {
    id: "duplicate",
    group: "Webhooks",
    name: "Come twice",
    about: "Each is sent twice. The second changes nothing: an event is stored once.",
    read: () => world.webhooks.duplicate > 1,
    write: (on) => act("/sandbox/webhooks", { duplicate: on ? 2 : 1 }),
  },
  {
    id: "shuffle",
    group: "Webhooks",
    name: "Come in any order",
    about: "It doesn't matter: each one only says “look again”, and Stripe is asked what is true now.",
    read: () => Boolean(world.webhooks.shuffle),
    write: (on) => act("/sandbox/webhooks", { shuffle: on }),
  },
  {
    id: "discord",
    group: "Platforms",
    name: "Discord refuses",
    about:
      "It answers 403, code 50013. The effect is blocked and Ada is told. Once that is fixed, the next comparison does it: " +
      "press +1 day.",
    read: () => faultsOf("discord").length > 0,
    write: (on) => refuse("discord", on),
  },
  {
    id: "telegram",
    group: "Platforms",
    name: "Telegram refuses",
    about: "The bot can't let anyone in or remove anyone. The effect says so, Ada is told, and nothing counts as done.",
    read: () => faultsOf("telegram").length > 0,
    write: (on) => refuse("telegram", on),
  },
];

const isSet = (setting) => setting.read() !== (setting.choices ? setting.choices[0][0] : false);

// -- doing it ---------------------------------------------------------------------------------------------------

/** Does something with a busy control, and says beside it what went wrong. Answers whether it went well. */
async function attempt(box, what) {
  const wrong = box.querySelector(".wrong") ?? byId("mend-wrong");
  wrong.hidden = true;
  box.setAttribute("aria-busy", "true");
  try {
    await what();
    return true;
  } catch (error) {
    wrong.textContent = error.message;
    wrong.hidden = false;
    return false;
  } finally {
    box.removeAttribute("aria-busy");
    show();
  }
}

function control(id, ...children) {
  const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
  return h("div", { class: "control", id: `control-${id}`, data: { testid: `control-${id}` } }, ...children, wrong);
}

const about = (id, text) => h("p", { class: "about", id: `about-${id}`, text });

function group(name, ...controls) {
  return h("section", { class: "controls-group", aria: { label: name } }, h("h3", { text: name }), controls);
}

// -- settings ---------------------------------------------------------------------------------------------------

function setting(one) {
  return one.choices ? choice(one) : toggle(one);
}

function toggle(one) {
  const input = h("input", {
    type: "checkbox",
    role: "switch",
    id: `set-${one.id}`,
    data: { testid: `set-${one.id}` },
    aria: { describedby: `about-${one.id}` },
    on: { change: () => attempt(box, () => one.write(input.checked)) },
  });
  const box = control(
    one.id,
    h("label", { class: "switch" }, h("span", { text: one.name }), input),
    about(one.id, one.about),
  );
  one.show = () => {
    input.checked = one.read();
  };
  return box;
}

function choice(one) {
  const inputs = one.choices.map(([value]) =>
    h("input", {
      type: "radio",
      name: `set-${one.id}`,
      value,
      class: "hidden",
      data: { testid: `set-${one.id}-${value}` },
      on: { change: () => attempt(box, () => one.write(value)) },
    }),
  );
  const labels = one.choices.map(([, label], i) => h("label", {}, inputs[i], h("span", { text: label })));
  const box = control(
    one.id,
    h(
      "fieldset",
      { class: "choice", aria: { describedby: `about-${one.id}` } },
      h("legend", { text: one.name }),
      h("div", { class: "segments" }, labels),
    ),
    about(one.id, one.about),
  );
  one.show = () => {
    for (const input of inputs) input.checked = input.value === one.read();
  };
  return box;
}

// -- time -------------------------------------------------------------------------------------------------------

const date = h("p", { class: "date", id: "date", data: { testid: "date" } });
const jumps = [
  ["1d", "+1 day", "A day"],
  ["1mo 2h", "+1 month", "A month"],
].map(([advance, label, what]) =>
  h("button", {
    type: "button",
    text: label,
    data: { testid: `advance-${advance}` },
    aria: { describedby: "about-time" },
    on: { click: () => pass(advance, what) },
  }),
);

/** Lets time pass; all that falls due on the way happens. */
async function pass(advance, what) {
  for (const button of jumps) button.disabled = true;
  date.textContent = `${what} passes…`;
  announce(`${what} passes.`);
  const well = await attempt(byId("control-time"), () => act("/sandbox/clock", { advance }));
  for (const button of jumps) button.disabled = false;
  jumps.find((button) => button.dataset.testid.endsWith(advance)).focus({ preventScroll: true });
  showDate();
  if (well) announce(`It is ${date.textContent}.`);
}

function showDate() {
  if (byId("control-time").hasAttribute("aria-busy")) return;
  const options = {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "UTC",
  };
  date.textContent = new Intl.DateTimeFormat("en-GB", options).format(now() * 1000);
}

function time() {
  const text = "What falls due on the way happens in its order: renewals, reminders, the end of a grace.";
  return control(
    "time",
    h("div", { class: "control-row" }, date, h("div", { class: "buttons" }, jumps)),
    about("time", text),
  );
}

// -- the service ------------------------------------------------------------------------------------------------

const standing = h("p", { class: "standing", id: "standing", role: "status", data: { testid: "standing" } });
const power = h("button", {
  type: "button",
  data: { testid: "service" },
  aria: { describedby: "about-service" },
  on: { click: switchService },
});
let starting = false;

async function switchService() {
  const kills = world.service.alive;
  starting = !kills;
  showService();
  power.disabled = true;
  await attempt(byId("control-service"), () => act("/page/service", { do: kills ? "kill" : "start" }));
  starting = false;
  power.disabled = false;
  power.focus({ preventScroll: true });
  showService();
}

function showService() {
  const { can, alive, ready, pid } = world.service;
  const state = starting ? "starting" : !alive ? "gone" : ready ? "ready" : "starting";
  const told = { ready: `runs, process ${pid}`, starting: "is starting…", gone: "is dead" }[state];
  const text = can ? `Guestlist ${told}` : "Guestlist was not started from here";
  if (standing.textContent !== text) standing.textContent = text;
  standing.dataset.state = can ? state : "none";
  power.hidden = !can;
  power.textContent = alive && !starting ? "Kill it" : "Start it again";
  power.classList.toggle("danger", alive);
}

function service() {
  const text =
    "kill -9, at any moment, while somebody pays. Stripe sends again what was not acknowledged; nothing is lost, " +
    "nothing done twice.";
  return control("service", h("div", { class: "control-row" }, standing, power), about("service", text));
}

// -- all of them ------------------------------------------------------------------------------------------------

const mend = byId("mend");
mend.addEventListener("click", () =>
  attempt(byId("controls"), async () => {
    for (const one of SETTINGS.filter(isSet)) await one.write(one.choices ? "no" : false);
    byId("controls-list").querySelector("input, button").focus({ preventScroll: true });
  }),
);

function show() {
  if (!world) return;
  for (const one of SETTINGS) {
    if (!byId(`control-${one.id}`).hasAttribute("aria-busy")) one.show();
    byId(`control-${one.id}`).classList.toggle("on", isSet(one));
  }
  const on = SETTINGS.filter(isSet).length;
  mend.hidden = on === 0;
  mend.textContent = on === 1 ? "Fix it" : `Fix all ${on}`;
  showDate();
  showService();
}

byId("controls-list").append(
  group("Time", time()),
  group("The service", service()),
  ...["Stripe", "Webhooks", "Platforms"].map((name) =>
    group(name, ...SETTINGS.filter((one) => one.group === name).map(setting)),
  ),
);
document.addEventListener("world", show);
setInterval(() => world && showDate(), TICK_MS);
