// The Discord pane: which channel is open, its messages, what is new. Its side, its composer and the member list stand
// in files of their own.

import { onTheme } from "./colours.js";
import { Composer } from "./composer.js";
import { discordMessage } from "./discord_messages.js";
import { DIRECT, drawSide } from "./discord_side.js";
import { AtEnd, avatar, byId, h, icon, keyed } from "./dom.js";
import { act, me, world } from "./live.js";
import { showMembers } from "./members.js";
import { openForm } from "./modal.js";
import { mark, show } from "./panes.js";
import { Seen } from "./seen.js";
import { day } from "./times.js";

const TOGETHER_SECONDS = 420;
const WAIT_SECONDS = 20;
const NEWS_MS = 6000;

const state = { place: null, dismissed: new Set(), failed: new Map(), sending: [] };
const seen = new Seen();
const end = new AtEnd(byId("d-log"));
const composer = new Composer({ submit, say });

const names = {
  user: (id) => world.discord.guild?.members.find((member) => member.id === id),
  role: (id) => world.discord.guild?.roles.find((role) => role.id === id),
  channel: (id) => world.discord.guild?.channels.find((channel) => channel.id === id),
};

document.addEventListener("world", () => draw());
onTheme(() => {
  byId("d-log").replaceChildren();
  byId("d-members").replaceChildren();
  if (world) draw();
});

/** Opens a channel, or "direct". */
function openPlace(place) {
  state.place = place;
  byId("d-log").replaceChildren();
  closeSide();
  draw();
  end.keep({ always: true });
}

// -- drawing ---------------------------------------------------------------------------------------------------
function draw() {
  const { guild } = world.discord;
  if (!guild) return drawNothing();
  if (state.place !== DIRECT && !names.channel(state.place))
    state.place = guild.channels.find((one) => one.open)?.id ?? DIRECT;
  seen.begin(world.clock.now);
  if (!byId("discord").classList.contains("away")) seen.look(place(), messagesOf(state.place));
  const news = drawSide(guild, { place: state.place, unread, open: openPlace });
  mark("discord", news && byId("discord").classList.contains("away"));
  drawHead();
  drawLog();
  tell(showMembers(byId("d-members"), world));
  composer.update({ direct: state.place === DIRECT, closed: isClosed(), channel: names.channel(state.place), world });
}

let telling = 0;

// Where the member list is folded away, a role that was given or taken is read above the messages for a moment.
function tell(news) {
  if (!news) return;
  clearTimeout(telling);
  byId("d-news").textContent = news;
  telling = setTimeout(() => byId("d-news").replaceChildren(), NEWS_MS);
}

function drawNothing() {
  byId("d-title").textContent = "No server yet";
  byId("d-closed").hidden = false;
  byId("d-closed").replaceChildren(h("p", { text: "Nothing was seeded: `guestlist demo --page` sets a scene." }));
}

function place(which = state.place) {
  return `${world.who} ${which}`;
}

function messagesOf(which) {
  const all = which === DIRECT ? world.discord.direct : (world.discord.messages[which] ?? []);
  return all.filter((message) => !state.dismissed.has(message.id));
}

function isClosed() {
  return state.place !== DIRECT && !names.channel(state.place)?.open;
}

function unread(which) {
  return seen.count(
    place(which),
    messagesOf(which).filter((message) => message.author_id !== me()?.discord),
  );
}

function drawHead() {
  const channel = names.channel(state.place);
  const title = channel
    ? [icon(channel.open ? "hash" : "lock"), channel.name]
    : [h("span", { class: "d-at", text: "@" }), "Guestlist"];
  byId("d-title").replaceChildren(...title);
  const direct = world.discord.bot_online ? "Direct messages with the bot" : "The bot is offline";
  byId("d-topic").textContent = channel ? (channel.topic ?? "") : direct;
}

function drawLog() {
  const log = byId("d-log");
  const closed = isClosed();
  log.hidden = closed;
  byId("d-closed").hidden = !closed;
  if (closed) return byId("d-closed").replaceChildren(...closedTo(names.channel(state.place)));
  keyed(log, rows(), { key: (row) => row.key, make: rowOf });
  end.keep();
}

function closedTo(channel) {
  return [
    icon("shut"),
    h("h3", { text: `#${channel.name} is for members` }),
    h("p", {}, "Its door opens with a membership: type ", h("code", { text: "/subscribe" }), " in an open channel."),
  ];
}

// Days, messages and what is being sent, in order: each with a key, so that what has not changed is left alone.
function rows() {
  const found = [{ key: "begin", kind: "begin", place: state.place }];
  let last = null;
  for (const message of messagesOf(state.place)) {
    const date = day(message.at);
    if (date !== (last && day(last.at))) found.push({ key: `day ${date}`, kind: "day", date });
    const follows =
      last && last.author_id === message.author_id && message.at - last.at < TOGETHER_SECONDS && day(last.at) === date;
    const compact = Boolean(follows && !message.used && !message.ephemeral && !last.ephemeral);
    found.push({ key: message.id, kind: "message", message, compact, error: state.failed.get(message.id) });
    last = message;
  }
  const mine = state.sending.filter((one) => one.place === place() && (one.error || !answered(one)));
  return [...found, ...mine.map(({ id, command, error }) => ({ key: id, kind: "sending", id, command, error }))];
}

// As soon as the bot has said a first word to a command, that word stands for it.
function answered(sending) {
  return messagesOf(state.place).some((message) => message.used && !sending.before.has(message.id));
}

function rowOf(row) {
  if (row.kind === "message") return discordMessage(row, { names, press, dismiss, offered });
  if (row.kind === "day") return h("div", { class: "d-day" }, h("span", { text: row.date }));
  if (row.kind === "begin") return beginning();
  const text = row.error ?? "Sending command…";
  const close = row.error
    ? h("button", { type: "button", class: "d-dismiss", on: { click: () => unsend(row.id) } }, "Dismiss")
    : null;
  const used = h(
    "p",
    { class: "d-used" },
    h("b", { text: me().name }),
    " used ",
    h("span", { class: "mention", text: `/${row.command}` }),
  );
  const how = h("p", { class: row.error ? "d-failed" : "d-thinking" }, text, " ", close);
  return h("article", { class: "d-sending", data: { testid: "sending" } }, used, how);
}

function beginning() {
  const channel = names.channel(state.place);
  const title = channel ? `Welcome to #${channel.name}!` : "Guestlist";
  const text = channel
    ? `This is the start of the #${channel.name} channel.`
    : "What the bot writes to you in private stands here.";
  return h(
    "div",
    { class: "d-begin" },
    channel ? h("span", { class: "d-big" }, icon("hash")) : avatar("Guestlist", { bot: true, extra: "big" }),
    h("h3", { text: title }),
    h("p", { text }),
  );
}

// -- acting ------------------------------------------------------------------------------------------------------
async function submit(command, options) {
  const one = begin(command);
  try {
    const answer = await act("/sandbox/discord/command", {
      user: me().discord,
      channel: state.place,
      name: command,
      options,
      wait: WAIT_SECONDS,
    });
    one.error = answer.error;
    forms(answer);
  } finally {
    if (!one.error) unsend(one.id);
    draw();
  }
}

let sent = 0;

function begin(command) {
  const before = new Set(messagesOf(state.place).map((message) => message.id));
  const one = { id: `sending-${(sent += 1)}`, place: place(), command, before };
  state.sending.push(one);
  draw();
  end.keep({ always: true });
  return one;
}

function unsend(id) {
  state.sending = state.sending.filter((one) => one.id !== id);
  draw();
}

async function say(text) {
  const to = state.place === DIRECT ? { dm: true } : { channel: state.place };
  await act("/sandbox/discord/message", { user: me().discord, ...to, text });
}

async function press(message, component, values, pressed) {
  pressed.setAttribute("aria-busy", "true");
  state.failed.delete(message.id);
  try {
    const body = { user: me().discord, message: message.id, custom_id: component.custom_id, wait: WAIT_SECONDS };
    const answer = await act("/sandbox/discord/click", values ? { ...body, values } : body);
    if (answer.error) state.failed.set(message.id, answer.error);
    forms(answer);
  } catch (error) {
    state.failed.set(message.id, error.message);
  }
  pressed.removeAttribute("aria-busy");
  draw();
}

function forms(answer) {
  const form = (answer.replies ?? []).find((reply) => reply.modal)?.modal;
  if (form) openForm(form, { user: me().discord, offered, then: forms });
}

function dismiss(message) {
  state.dismissed.add(message.id);
  draw();
  byId("d-input").focus();
}

// What a select of people, roles or channels offers.
function offered(component) {
  const { guild } = world.discord;
  const roles = guild.roles.filter((role) => role.id !== guild.id);
  const lists = {
    5: guild.members,
    6: roles,
    7: [...guild.members, ...roles],
    8: guild.channels.filter((one) => one.open),
  };
  return (lists[component.type] ?? []).map((one) => ({ value: one.id, label: one.name }));
}

// -- around -----------------------------------------------------------------------------------------------------
function closeSide() {
  byId("discord").classList.remove("side-open");
  byId("d-menu").setAttribute("aria-expanded", "false");
}

document.addEventListener("discord-link", () => {
  show("discord");
  if (state.place === DIRECT) openPlace(null);
  byId("d-input").focus();
});
byId("d-home").addEventListener("click", () => openPlace(DIRECT));
byId("d-guild").addEventListener("click", () => state.place === DIRECT && openPlace(null));
byId("d-menu").addEventListener("click", () => {
  const open = byId("discord").classList.toggle("side-open");
  byId("d-menu").setAttribute("aria-expanded", String(open));
  if (open) byId("d-side").querySelector("button")?.focus();
});
byId("d-people").addEventListener("click", () => {
  const frame = byId("discord");
  frame.classList.toggle("people-turned");
  byId("d-people").setAttribute("aria-expanded", String(getComputedStyle(byId("d-members")).display !== "none"));
});
byId("discord").addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !byId("discord").classList.contains("side-open")) return;
  closeSide();
  byId("d-menu").focus();
});
byId("d-log").addEventListener("click", () => closeSide());
document.addEventListener("shown", () => world && draw());
