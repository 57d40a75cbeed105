// The Telegram pane: the bot's chat and the group as one person knows them, and what comes of links.

import { onTheme } from "./colours.js";
import { AtEnd, announce, avatar, byId, h, icon, keyed } from "./dom.js";
import { act, me, world } from "./live.js";
import { openLink } from "./links.js";
import { mark, show } from "./panes.js";
import { Seen } from "./seen.js";
import { TelegramComposer } from "./telegram_composer.js";
import { serviceText, telegramMessage } from "./telegram_messages.js";
import { clock, day } from "./times.js";

const BOT = "private";
const BOT_NAME = "Guestlist";
const WAIT_SECONDS = 10;
const TOAST_MS = 4500;
const OUTCOMES = {
  member: (title) => `You are now in “${title}”.`,
  pending: (title) => `Your request to join “${title}” was sent: somebody has to let you in.`,
  declined: (title) => `Your request to join “${title}” was declined.`,
  expired: () => "This invite link has expired.",
  revoked: () => "This invite link is no longer valid.",
  full: () => "This invite link was used as often as it may be.",
  banned: (title) => `You can't join “${title}”: you were removed from it.`,
};

const state = { chat: BOT, payload: null, people: false };
const seen = new Seen();
const end = new AtEnd(byId("t-log"));
const composer = new TelegramComposer({ say, start });

document.addEventListener("world", () => draw());
document.addEventListener("shown", () => world && draw());
document.addEventListener("telegram-link", (event) => follow(event.detail));
onTheme(() => world && draw());

// -- what is there -----------------------------------------------------------------------------------------------
function chats() {
  const { telegram } = world;
  const bot = { id: BOT, title: BOT_NAME, type: "bot", inside: true, messages: telegram.private, members: [] };
  return [bot, ...telegram.chats];
}

function current() {
  return chats().find((chat) => String(chat.id) === String(state.chat)) ?? chats()[0];
}

function place(chat) {
  return `${world.who} ${chat.id}`;
}

function unread(chat) {
  return seen.count(
    place(chat),
    (chat.messages ?? []).filter((message) => message.user !== me()?.telegram && !message.service),
  );
}

// Telegram's dates are whole seconds: what came in the second the page was opened is not new.
function draw() {
  seen.begin(Math.ceil(world.clock.now));
  const chat = current();
  if (!byId("telegram").classList.contains("away")) seen.look(place(chat), chat.messages ?? []);
  const entries = chats().map((one) => ({ ...preview(one), current: one.id === chat.id }));
  keyed(byId("t-chats"), entries, { key: (entry) => entry.id, make: entryOf });
  mark("telegram", byId("telegram").classList.contains("away") && entries.some((entry) => entry.unread));
  drawHead(chat);
  drawLog(chat);
  drawMembers(chat);
  composer.update({ chat, telegram: world.telegram, payload: state.payload, who: world.who });
}

function preview(chat) {
  const last = chat.messages?.at(-1);
  let text = last?.service ? serviceText(last) : last?.text.split("\n")[0];
  if (!chat.inside) text = chat.asked ? "Request sent" : "You are not a member";
  else if (!last) text = chat.id === BOT ? "Press Start to talk to it" : "No messages yet";
  return {
    id: chat.id,
    title: chat.title,
    bot: chat.id === BOT,
    inside: chat.inside,
    text,
    at: chat.inside ? last?.at : null,
    unread: unread(chat),
  };
}

function entryOf(entry) {
  const told = [entry.title, entry.unread ? `${entry.unread} unread` : null, entry.text].filter(Boolean).join(", ");
  const face = h(
    "span",
    { class: "t-face" },
    avatar(entry.title, { bot: entry.bot }),
    entry.inside ? null : h("i", { class: "t-lock" }, icon("lock")),
  );
  const top = h(
    "span",
    { class: "t-top" },
    h("b", { text: entry.title }),
    entry.at ? h("time", { text: clock(entry.at) }) : null,
  );
  const badge = entry.unread ? h("i", { class: "t-badge", aria: { hidden: "true" }, text: entry.unread }) : null;
  const attrs = {
    type: "button",
    class: "t-chat",
    aria: { current: entry.current ? "true" : null, label: told },
    data: {
      testid: entry.bot ? "chat-bot" : "chat-group",
      unread: String(entry.unread),
      inside: String(entry.inside),
      focus: "chat",
    },
    on: { click: () => open(entry.id) },
  };
  const words = h("span", { class: "t-words" }, top, h("span", { class: "t-last", text: entry.text }));
  return h("li", {}, h("button", attrs, face, words, badge));
}

function drawHead(chat) {
  const bot = chat.id === BOT;
  const key = `${chat.id}`;
  if (byId("t-face").dataset.of !== key) {
    byId("t-face").dataset.of = key;
    byId("t-face").replaceChildren(avatar(chat.title, { bot }));
  }
  byId("t-title").textContent = chat.title;
  const count = `${chat.members.length} ${chat.members.length === 1 ? "member" : "members"}`;
  const quiet = world.service.can && !world.service.alive;
  const about = quiet ? "bot · does not answer: its service is down" : `bot · @${world.telegram.username}`;
  byId("t-state").textContent = bot ? about : chat.inside ? count : `private group · ${count}`;
  byId("t-people").hidden = bot || !chat.inside;
  if (byId("t-people").hidden) state.people = false;
}

function drawLog(chat) {
  const log = byId("t-log");
  const intro = chat.id === BOT && !chat.messages.length;
  const closed = !chat.inside || intro;
  log.hidden = closed;
  byId("t-closed").hidden = !closed;
  if (closed) {
    const told = intro ? [{ key: "intro" }] : [{ key: `closed ${chat.asked}` }];
    return keyed(byId("t-closed"), told, {
      key: (one) => one.key,
      make: () => (intro ? introduction() : closedTo(chat)),
    });
  }
  const moved = log.dataset.of !== place(chat);
  log.dataset.of = place(chat);
  keyed(log, rows(chat), { key: (row) => row.key, make: rowOf });
  end.keep({ always: moved });
}

function introduction() {
  return h(
    "div",
    { class: "t-card" },
    icon("wave"),
    h("h3", { text: "What can this bot do?" }),
    h("p", {
      text: "Sells memberships of this community, and keeps its door: who has paid is in, on Discord and on Telegram.",
    }),
    h("p", { class: "t-soft", text: "Press Start to begin." }),
  );
}

function closedTo(chat) {
  const text = chat.asked
    ? "Your request to join was sent. You are let in as soon as it is approved."
    : "You are not a member of this private group. An invite link opens it: a membership brings you one.";
  return h(
    "div",
    { class: "t-card", data: { testid: "not-a-member" } },
    icon("shut"),
    h("h3", { text: chat.title }),
    h("p", { text }),
  );
}

function rows(chat) {
  const found = [];
  const { messages } = chat;
  messages.forEach((message, at) => {
    const date = day(message.at);
    const before = messages[at - 1];
    const after = messages[at + 1];
    if (!before || day(before.at) !== date) found.push({ key: `day ${chat.id} ${date}`, date });
    const same = (other) => other && !other.service && other.user === message.user && day(other.at) === date;
    const answered = message.reply_to && messages.find((other) => other.message === message.reply_to);
    const quoted = answered ? { name: answered.name, text: answered.text.split("\n")[0] } : null;
    const mine = message.user === me()?.telegram;
    found.push({
      key: `${place(chat)} ${message.message}`,
      message,
      mine,
      first: !same(before),
      last: !same(after),
      group: chat.id !== BOT,
      answered: quoted,
    });
  });
  return found;
}

function rowOf(row) {
  if (row.date) return h("p", { class: "t-service" }, h("span", { text: row.date }));
  return telegramMessage(row, { press, command: (text) => composer.send(text) });
}

function drawMembers(chat) {
  const list = byId("t-members");
  list.hidden = !state.people;
  byId("t-people").setAttribute("aria-expanded", String(state.people));
  if (!state.people) return;
  keyed(list, [{ key: "list", chat: chat.id, members: chat.members }], {
    key: (one) => one.key,
    make: () => memberList(chat),
  });
}

const STANDINGS = { creator: "owner", administrator: "admin" };

function memberList(chat) {
  const entry = (member) =>
    h(
      "li",
      {},
      avatar(member.name, { bot: member.bot, extra: "small" }),
      h("b", { text: member.name }),
      h("small", { text: STANDINGS[member.status] ?? (member.bot ? "bot" : "") }),
    );
  const own = chat.members.find((member) => member.id === me()?.telegram);
  const leave = h(
    "button",
    {
      type: "button",
      class: "t-leave",
      data: { testid: "telegram-leave", focus: "leave" },
      on: { click: () => leaveChat(chat) },
    },
    "Leave group",
  );
  return h(
    "div",
    {},
    h("h3", { text: `${chat.members.length} members` }),
    h("ul", {}, chat.members.map(entry)),
    own && own.status !== "creator" ? leave : null,
  );
}

// -- acting ------------------------------------------------------------------------------------------------------
/** Opens a chat: "private" is the bot's. */
export function open(chat) {
  state.chat = chat;
  state.people = false;
  toast("");
  draw();
}

async function say(text, replyTo) {
  const chat = current();
  const body = { user: me().telegram, chat: chat.id, text, wait: 0, ...(replyTo ? { reply_to: replyTo } : {}) };
  await act("/sandbox/telegram/message", body);
}

async function start() {
  const payload = state.payload;
  state.payload = null;
  await act("/sandbox/telegram/start", { user: me().telegram, wait: 0, ...(payload ? { payload } : {}) });
}

async function press(message, button, pressed) {
  pressed.setAttribute("aria-busy", "true");
  try {
    const body = {
      user: me().telegram,
      chat: current().id,
      message: message.message,
      data: button.data,
      wait: WAIT_SECONDS,
    };
    const answer = await act("/sandbox/telegram/click", body);
    if (answer.toast) toast(answer.toast);
    else if (answer.error && !answer.answered) toast(answer.error);
    if (answer.url) openLink(answer.url);
  } catch (error) {
    toast(error.message);
  }
  pressed.removeAttribute("aria-busy");
}

async function leaveChat(chat) {
  try {
    await act("/sandbox/telegram/leave", { user: me().telegram, chat: chat.id });
    state.people = false;
    draw();
    byId("t-log").focus();
  } catch (error) {
    toast(error.message);
  }
}

// A link into Telegram: to the bot, where Start waits to be pressed; or an invitation, which is asked for at once.
async function follow(url) {
  show("telegram");
  const link = new URL(url);
  const name = link.pathname.slice(1);
  if (name.startsWith("+") || name.startsWith("joinchat/")) return join(url);
  if (name.toLowerCase() !== world.telegram.username.toLowerCase())
    return toast(`There is nobody called @${name} here.`);
  open(BOT);
  state.payload = link.searchParams.get("start");
  if (state.payload) {
    draw();
    byId("t-start").focus();
  } else byId("t-input").focus();
}

async function join(url) {
  toast("Asking to join…", { stays: true });
  try {
    const answer = await act("/sandbox/telegram/join", { user: me().telegram, link: url, wait: WAIT_SECONDS });
    if (answer.chat && ["member", "pending"].includes(answer.status)) open(answer.chat);
    toast(OUTCOMES[answer.status]?.(answer.title) ?? answer.status);
  } catch (error) {
    toast(error.message);
  }
}

let fading = 0;

function toast(text, { stays = false } = {}) {
  clearTimeout(fading);
  byId("t-toast").textContent = text;
  byId("t-toast").hidden = !text;
  if (text && !stays) fading = setTimeout(() => toast(""), TOAST_MS);
}

byId("t-people").addEventListener("click", () => {
  state.people = !state.people;
  draw();
});
byId("telegram").addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !state.people || event.defaultPrevented) return;
  state.people = false;
  draw();
  byId("t-people").focus();
  announce("Members closed.");
});
