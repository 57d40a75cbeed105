// Telegram's entities as nodes. Offsets count UTF-16 units, as the strings of JavaScript do.

import { h } from "./dom.js";
import { link } from "./richtext.js";

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  expandable_blockquote: "blockquote",
};

/** What stands in a message. `onCommand(text)` is called when somebody presses a command in it. */
export function telegramText(text, entities, onCommand) {
  const sorted = [...(entities ?? [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return span(text, sorted, 0, text.length, onCommand);
}

function span(text, entities, start, end, onCommand) {
  const nodes = [];
  let at = start;
  for (let i = 0; i < entities.length; i += 1) {
    const entity = entities[i];
    const stop = Math.min(entity.offset + entity.length, end);
    if (entity.offset < at || entity.offset >= end) continue;
    if (entity.offset > at) nodes.push(text.slice(at, entity.offset));
    const inner = entities.slice(i + 1).filter((other) => other.offset < stop);
    nodes.push(
      shown(entity, text.slice(entity.offset, stop), span(text, inner, entity.offset, stop, onCommand), onCommand),
    );
    at = stop;
  }
  if (at < end) nodes.push(text.slice(at, end));
  return nodes;
}

function shown(entity, text, inner, onCommand) {
  if (entity.type === "text_link") return link(entity.url, inner);
  if (entity.type === "url") return link(/^https?:/.test(text) ? text : `https://${text}`, inner);
  if (entity.type === "bot_command" && onCommand) {
    return h("button", { type: "button", class: "t-command", on: { click: () => onCommand(text) } }, inner);
  }
  if (entity.type === "spoiler") return h("span", { class: "spoiler", tabindex: "0" }, inner);
  if (TAGS[entity.type]) return h(TAGS[entity.type], {}, inner);
  return h("span", { class: "mention" }, inner);
}
