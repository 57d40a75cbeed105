// Discord's left side: the servers, the channels with what is new in them, the bot's direct messages, oneself.

import { avatar, byId, h, icon, keyed } from "./dom.js";
import { me, world } from "./live.js";

export const DIRECT = "direct";

/**
 * Draws it. `place` is what is open, `unread(place)` how many messages there are new, `open(place)` opens another.
 * Answers whether anything is new.
 */
export function drawSide(guild, { place, unread, open }) {
  const direct = unread(DIRECT);
  byId("d-name").textContent = guild.name;
  byId("d-guild").textContent = guild.name
    .split(/\s+/)
    .map((word) => word[0])
    .join("")
    .slice(0, 3);
  byId("d-guild").setAttribute("aria-label", guild.name);
  byId("d-guild").setAttribute("aria-current", String(place !== DIRECT));
  byId("d-home").setAttribute("aria-current", String(place === DIRECT));
  byId("d-home").setAttribute("aria-label", direct ? `Direct messages, ${direct} unread` : "Direct messages");
  byId("d-menu").setAttribute("aria-label", direct ? `Channels, ${direct} direct messages unread` : "Channels");
  for (const badge of [byId("d-home-badge"), byId("d-menu-badge")]) {
    badge.textContent = direct || "";
    badge.hidden = !direct;
  }
  const channels = guild.channels.map((one) => ({
    ...one,
    who: world.who,
    current: one.id === place,
    unread: one.open ? unread(one.id) : 0,
  }));
  keyed(byId("d-channels"), channels, { key: (one) => one.id, make: (one, before) => channelEntry(one, before, open) });
  const bot = guild.members.find((member) => member.bot);
  const entry = {
    id: DIRECT,
    name: bot?.name ?? "Guestlist",
    online: world.discord.bot_online,
    current: place === DIRECT,
    unread: direct,
  };
  keyed(byId("d-direct"), [entry], { key: (one) => one.id, make: (one) => directEntry(one, open) });
  keyed(byId("d-self"), me() ? [me()] : [], { key: (one) => one.key, make: self });
  return direct > 0 || channels.some((one) => one.unread);
}

// A channel that has just opened for the same person shows it for a moment.
function channelEntry(channel, before, open) {
  const was = before ? JSON.parse(before.mark) : null;
  const opened = was && was.who === channel.who && channel.open && !was.open;
  const told = channel.open ? (channel.unread ? "unread" : "") : "closed to you";
  const attrs = {
    type: "button",
    class: `d-channel ${channel.open ? "" : "closed"} ${channel.unread ? "unread" : ""} ${opened ? "flash" : ""}`,
    aria: { current: channel.current ? "page" : null },
    data: { testid: `channel-${channel.name}`, open: String(channel.open), focus: "channel" },
    on: { click: () => open(channel.id) },
  };
  return h(
    "li",
    {},
    h(
      "button",
      attrs,
      icon(channel.open ? "hash" : "lock"),
      h("span", { text: channel.name }),
      h("span", { class: "hidden", text: told }),
    ),
  );
}

function directEntry(entry, open) {
  const face = h(
    "span",
    { class: "d-presence" },
    avatar(entry.name, { bot: true }),
    h("i", { class: entry.online ? "dot online" : "dot" }),
  );
  const badge = entry.unread ? h("span", { class: "d-badge", aria: { hidden: "true" }, text: entry.unread }) : null;
  const told = `${entry.online ? "online" : "offline"}${entry.unread ? `, ${entry.unread} unread` : ""}`;
  const attrs = {
    type: "button",
    class: `d-channel direct ${entry.unread ? "unread" : ""}`,
    aria: { current: entry.current ? "page" : null },
    data: { testid: "direct-messages", unread: String(entry.unread), focus: "channel" },
    on: { click: () => open(DIRECT) },
  };
  return h(
    "li",
    {},
    h("button", attrs, face, h("span", { text: entry.name }), h("span", { class: "hidden", text: told }), badge),
  );
}

function self(person) {
  const face = h("span", { class: "d-presence" }, avatar(person.name), h("i", { class: "dot online" }));
  return h(
    "span",
    { class: "d-me" },
    face,
    h("span", {}, h("b", { text: person.name }), h("small", { text: "Online" })),
  );
}
