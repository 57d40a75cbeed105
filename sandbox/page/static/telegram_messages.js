// One message of Telegram: a bubble with its text, its keyboard under it; or a line about who came and went.

import { avatar, h, icon } from "./dom.js";
import { telegramText } from "./entities.js";
import { link } from "./richtext.js";
import { clock } from "./times.js";

/**
 * A message as a node. `mine`: written by who looks; `first` and `last` of several of one person; `group`: others have
 * faces and names; `answered`: {name, text} of what it replies to.
 * `doing`: {press(message, button, pressed), command(text)}.
 */
export function telegramMessage({ message, mine, first, last, group, answered }, doing) {
  if (message.service) return serviceLine(message);
  const other = group && !mine;
  const face = other
    ? h("span", { class: "t-beside" }, last ? avatar(message.name, { bot: message.bot, extra: "small" }) : null)
    : null;
  const kinds = `${mine ? "out" : "in"} ${first ? "first" : ""} ${last ? "last" : ""} ${other ? "faced" : ""}`;
  return h(
    "article",
    { class: `t-message ${kinds}`, data: { testid: "telegram-message", id: message.message } },
    face,
    h("div", { class: "t-column" }, bubble({ message, mine, first, other, answered }, doing), keyboard(message, doing)),
  );
}

function bubble({ message, mine, first, other, answered }, doing) {
  const name =
    other && first
      ? h("b", { class: "t-author", text: message.name })
      : h("span", { class: "hidden", text: mine ? "You:" : `${message.name}:` });
  const quoted = answered
    ? h("blockquote", { class: "t-quoted" }, h("b", { text: answered.name }), h("span", { text: answered.text }))
    : null;
  const edited = message.edited ? "edited " : "";
  const when = h("span", { class: "t-when" }, `${edited}${clock(message.at)}`, mine ? icon("checks") : null);
  return h(
    "div",
    { class: "t-bubble" },
    name,
    quoted,
    h("div", { class: "t-text" }, telegramText(message.text, message.entities, doing.command), when),
  );
}

function keyboard(message, doing) {
  if (!message.rows?.length) return null;
  const press = (button) => (event) => doing.press(message, button, event.currentTarget);
  const key = (button) => {
    const attrs = {
      class: "t-key",
      data: { testid: "telegram-button", focus: button.data ?? button.url ?? button.text },
    };
    if (button.url)
      return link(button.url, [h("span", { text: button.text }), icon("open")], {
        ...attrs,
        data: { ...attrs.data, link: "" },
      });
    return h("button", { type: "button", ...attrs, on: { click: press(button) } }, h("span", { text: button.text }));
  };
  return h(
    "div",
    { class: "t-keyboard" },
    message.rows.map((row) => h("div", { class: "t-keyrow" }, row.map(key))),
  );
}

function serviceLine(message) {
  return h(
    "p",
    { class: "t-service", data: { testid: "telegram-service" } },
    h("span", { text: serviceText(message) }),
  );
}

/** What a line about coming and going says. */
export function serviceText({ service, name }) {
  const first = (users) => users.map((user) => user.first_name).join(", ");
  if (service.new_chat_members) {
    const came = first(service.new_chat_members);
    return came === name ? `${came} joined the group` : `${name} added ${came}`;
  }
  if (service.left_chat_member) {
    const gone = service.left_chat_member.first_name;
    return gone === name ? `${gone} left the group` : `${name} removed ${gone}`;
  }
  if (service.migrate_to_chat_id || service.migrate_from_chat_id) return "The group became a supergroup";
  return Object.keys(service).join(", ").replaceAll("_", " ");
}
