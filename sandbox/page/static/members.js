// Who is there: by the highest role that stands apart, in the colour of roles. What changes is seen for a moment.

import { readable } from "./colours.js";
import { announce, avatar, h, keyed } from "./dom.js";

let before = new Map();

/**
 * Draws the member list. A role that was given or taken since the last time shows for a moment, and is said aloud.
 * Answers what was said, for where the list is out of view.
 */
export function showMembers(list, world) {
  const { guild } = world.discord;
  const { changed, news } = changes(guild);
  if (news) announce(news);
  keyed(list, groups(guild), {
    key: (group) => group.key,
    same: (group) => JSON.stringify([group.title, group.members]),
    make: (group) => section(group, changed),
  });
  before = new Map(guild.members.map((member) => [member.id, member.roles]));
  return news;
}

function changes(guild) {
  const role = new Map(guild.roles.map((one) => [one.id, one.name]));
  const changed = new Map();
  const said = [];
  for (const member of guild.members) {
    const had = before.get(member.id);
    if (!had) continue;
    const given = member.roles.filter((id) => !had.includes(id));
    const taken = had.filter((id) => !member.roles.includes(id));
    if (!given.length && !taken.length) continue;
    changed.set(member.id, { given, taken: taken.map((id) => role.get(id)).filter(Boolean) });
    const words = [
      ...given.map((id) => `was given the role ${role.get(id)}`),
      ...taken.map((id) => `lost the role ${role.get(id) ?? ""}`),
    ];
    said.push(`${member.name} ${words.join(" and ")}.`);
  }
  return { changed, news: said.join(" ") };
}

function groups(guild) {
  const apart = guild.roles.filter((role) => role.hoist);
  const place = (member) => {
    if (!member.online) return "offline";
    return apart.find((role) => member.roles.includes(role.id))?.id ?? "online";
  };
  const all = [
    ...apart.map((role) => ({ key: role.id, title: role.name })),
    { key: "online", title: "Online" },
    { key: "offline", title: "Offline" },
  ];
  return all
    .map((group) => ({
      ...group,
      members: guild.members
        .filter((member) => place(member) === group.key)
        .map((member) => ({ ...member, chips: chips(member, guild) })),
    }))
    .filter((group) => group.members.length);
}

function chips(member, guild) {
  return guild.roles
    .filter((role) => role.id !== guild.id && member.roles.includes(role.id))
    .map(({ id, name, color }) => ({ id, name, color }));
}

function section(group, changed) {
  const title = h("h3", { text: `${group.title} — ${group.members.length}` });
  return h(
    "section",
    {},
    title,
    h(
      "ul",
      {},
      group.members.map((member) => entry(member, changed.get(member.id))),
    ),
  );
}

function entry(member, change) {
  const name = h("b", { text: member.name });
  if (member.color) name.style.color = readable(member.color);
  const face = h(
    "span",
    { class: "d-presence" },
    avatar(member.name, { bot: member.bot, extra: "small" }),
    h("i", { class: member.online ? "dot online" : "dot" }),
  );
  const line = h(
    "span",
    { class: "d-member-name" },
    name,
    member.bot ? h("span", { class: "d-tag", text: "APP" }) : null,
  );
  const given = member.chips.map((role) => chip(role, change?.given.includes(role.id)));
  const taken = (change?.taken ?? []).map((text) =>
    h("span", { class: "d-chip going", aria: { hidden: "true" } }, text),
  );
  const attrs = {
    class: `d-member ${member.online ? "" : "offline"} ${change ? "flash" : ""}`,
    data: { testid: `member-${member.name}` },
  };
  return h(
    "li",
    attrs,
    face,
    h("span", { class: "d-member-text" }, line, h("span", { class: "d-chips" }, given, taken)),
  );
}

function chip(role, isNew) {
  const dot = h("i", { aria: { hidden: "true" } });
  if (role.color) dot.style.background = role.color;
  return h("span", { class: isNew ? "d-chip coming" : "d-chip", data: { testid: "role-chip" } }, dot, role.name);
}
