// One message of Discord: who, when, what, its embeds, its buttons and selects.

import { avatar, h, icon } from "./dom.js";
import { readable } from "./colours.js";
import { discordText, link } from "./richtext.js";
import { clock } from "./times.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };
const SELECTS = new Set([3, 5, 6, 7, 8]);
const ROW = 5;

/**
 * A message as a node. `compact`: it follows upon one of the same person. `error`: what went wrong with a press.
 * `doing`: {names, press(message, component, values, pressed), dismiss(message), offered(component)}.
 */
export function discordMessage({ message, compact, error }, doing) {
  const kinds = [message.ephemeral && "private", compact && "compact", message.used && "answer"].filter(Boolean);
  const face = compact
    ? h("time", { class: "d-when", text: clock(message.at) })
    : avatar(message.author, { bot: message.bot });
  return h(
    "article",
    { class: `d-message ${kinds.join(" ")}`, data: { testid: "discord-message", id: message.id } },
    message.used ? used(message.used) : null,
    h("div", { class: "d-face" }, face),
    h(
      "div",
      { class: "d-body" },
      compact ? h("span", { class: "hidden", text: `${message.author}:` }) : byline(message),
      content(message, doing),
      (message.embeds ?? []).map((embed) => embedded(embed, doing)),
      components(message, doing),
      error ? h("p", { class: "d-failed", role: "alert", text: error }) : null,
      message.ephemeral ? onlyYou(message, doing) : null,
    ),
  );
}

function used({ by, command }) {
  const words = [
    avatar(by, { extra: "tiny" }),
    h("b", { text: by }),
    " used ",
    h("span", { class: "mention", text: `/${command}` }),
  ];
  return h("p", { class: "d-used" }, words);
}

function byline(message) {
  const name = h("b", { class: "d-author", text: message.author });
  if (message.author_color) name.style.color = readable(message.author_color);
  const tag = message.bot ? h("span", { class: "d-tag", text: "APP" }) : null;
  return h("p", { class: "d-byline" }, name, tag, h("time", { text: clock(message.at) }));
}

function content(message, doing) {
  if (message.thinking) {
    return h(
      "p",
      { class: "d-thinking" },
      h("span", { class: "dots", aria: { hidden: "true" } }),
      `${message.author} is thinking…`,
    );
  }
  const text = message.components_v2 ? message.text : message.content;
  if (!text) return null;
  return h(
    "div",
    { class: "d-text" },
    discordText(text, doing.names),
    message.edited ? h("small", { text: " (edited)" }) : null,
  );
}

function embedded(embed, doing) {
  const box = h("div", { class: "d-embed" });
  if (embed.color) box.style.setProperty("--stripe", `#${embed.color.toString(16).padStart(6, "0")}`);
  const title = embed.url
    ? [link(embed.url, embed.title ?? embed.url)]
    : embed.title
      ? discordText(embed.title, doing.names)
      : null;
  const parts = [
    embed.author?.name && h("p", { class: "d-embed-author", text: embed.author.name }),
    title && h("div", { class: "d-embed-title" }, title),
    embed.description && h("div", { class: "d-text" }, discordText(embed.description, doing.names)),
    embed.fields?.length &&
      h(
        "div",
        { class: "d-fields" },
        embed.fields.map((field) => fieldOf(field, doing)),
      ),
    embed.footer?.text && h("p", { class: "d-embed-footer", text: embed.footer.text }),
  ];
  box.append(...parts.filter(Boolean));
  return box;
}

function fieldOf(field, doing) {
  const name = h("div", { class: "d-field-name" }, discordText(field.name, doing.names));
  return h(
    "div",
    { class: field.inline ? "d-field inline" : "d-field" },
    name,
    h("div", { class: "d-text" }, discordText(field.value, doing.names)),
  );
}

function components(message, doing) {
  const all = message.components ?? [];
  const buttons = all.filter((component) => component.type === 2);
  const rows = [];
  for (let at = 0; at < buttons.length; at += ROW) rows.push(buttons.slice(at, at + ROW));
  return [
    rows.map((row) =>
      h(
        "div",
        { class: "d-row" },
        row.map((button) => buttonOf(message, button, doing)),
      ),
    ),
    all.filter((component) => SELECTS.has(component.type)).map((select) => selectOf(message, select, doing)),
  ];
}

function buttonOf(message, button, doing) {
  const style = STYLES[button.style] ?? "secondary";
  const label = `${button.emoji?.name ? `${button.emoji.name} ` : ""}${button.label ?? ""}`;
  const attrs = {
    class: `d-button ${style}`,
    data: { testid: "discord-button", focus: button.custom_id ?? button.url },
  };
  if (button.url) return link(button.url, [label, icon("open")], { ...attrs, data: { ...attrs.data, link: "" } });
  const press = (event) => doing.press(message, button, undefined, event.currentTarget);
  return h("button", { type: "button", ...attrs, disabled: Boolean(button.disabled), on: { click: press } }, label);
}

function selectOf(message, select, doing) {
  const options = select.options ?? doing.offered(select);
  const name = select.placeholder ?? "Make a selection";
  const attrs = {
    class: "d-select",
    aria: { label: name },
    disabled: Boolean(select.disabled),
    data: { testid: "discord-select", focus: select.custom_id },
  };
  const choices = options.map((option) =>
    h("option", { value: option.value, text: option.label, selected: Boolean(option.default) }),
  );
  if ((select.max_values ?? 1) > 1)
    return several(message, select, h("select", { ...attrs, multiple: true }, choices), doing);
  const none = h("option", {
    value: "",
    text: name,
    disabled: true,
    selected: !options.some((option) => option.default),
  });
  const chosen = (event) => doing.press(message, select, [event.currentTarget.value], event.currentTarget);
  return h("div", { class: "d-row" }, h("select", { ...attrs, on: { change: chosen } }, none, choices));
}

function several(message, select, list, doing) {
  const send = (event) =>
    doing.press(
      message,
      select,
      [...list.selectedOptions].map((option) => option.value),
      event.currentTarget,
    );
  return h(
    "div",
    { class: "d-row" },
    list,
    h("button", { type: "button", class: "d-button secondary", on: { click: send } }, "Choose"),
  );
}

function onlyYou(message, doing) {
  const dismiss = h(
    "button",
    {
      type: "button",
      class: "d-dismiss",
      data: { testid: "dismiss", focus: "dismiss" },
      on: { click: () => doing.dismiss(message) },
    },
    "Dismiss message",
  );
  return h("p", { class: "d-only" }, icon("eye"), "Only you can see this · ", dismiss);
}
