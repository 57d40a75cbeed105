// Discord's markup as nodes: the part of it that bots use. Text becomes text nodes, whatever it holds.

import { h } from "./dom.js";
import { ago, instant } from "./times.js";

const FENCE = /```(?:[\w+-]*\n)?([\s\S]*?)```/;
const HEADING = /^(#{1,3}) +(.+)$/;
const QUOTE = /^> ?(.*)$/;
const SMALL = /^-# +(.+)$/;
const BULLET = /^\s*[-*] +(.+)$/;

/** What stands in a message. `names`: {user(id), role(id), channel(id)}, each answering {name, color} or null. */
export function discordText(text, names) {
  const fence = FENCE.exec(text);
  if (!fence) return lines(text, names);
  return [
    ...lines(text.slice(0, fence.index).replace(/\n$/, ""), names),
    h("pre", {}, h("code", { text: fence[1] })),
    ...discordText(text.slice(fence.index + fence[0].length).replace(/^\n/, ""), names),
  ];
}

function lines(text, names) {
  if (!text) return [];
  const nodes = [];
  let plain = [];
  const flush = () => {
    if (plain.length) nodes.push(h("div", { class: "line" }, inline(plain.join("\n"), names)));
    plain = [];
  };
  for (const line of text.split("\n")) {
    const block = blockOf(line, names);
    if (block) {
      flush();
      nodes.push(block);
    } else plain.push(line);
  }
  flush();
  return nodes;
}

function blockOf(line, names) {
  let found = HEADING.exec(line);
  if (found) return h("div", { class: `heading heading-${found[1].length}` }, inline(found[2], names));
  found = QUOTE.exec(line);
  if (found) return h("blockquote", {}, inline(found[1], names));
  found = SMALL.exec(line);
  if (found) return h("div", { class: "subtext" }, inline(found[1], names));
  found = BULLET.exec(line);
  return found ? h("div", { class: "bullet" }, inline(found[1], names)) : null;
}

// The first that matches at a place wins, so the longer marks stand before the shorter.
const INLINE = [
  [/^\\([^A-Za-z0-9\s])/, (found) => found[1]],
  [/^`([^`]+)`/, (found) => h("code", { text: found[1] })],
  [/^\*\*([\s\S]+?)\*\*(?!\*)/, (found, names) => h("strong", {}, inline(found[1], names))],
  [/^__([\s\S]+?)__(?!_)/, (found, names) => h("u", {}, inline(found[1], names))],
  [/^~~([\s\S]+?)~~/, (found, names) => h("s", {}, inline(found[1], names))],
  [/^\|\|([\s\S]+?)\|\|/, (found, names) => h("span", { class: "spoiler", tabindex: "0" }, inline(found[1], names))],
  [/^\*(?=\S)([\s\S]*?\S)\*(?!\*)/, (found, names) => h("em", {}, inline(found[1], names))],
  [/^_(?=\S)([\s\S]*?\S)_(?!\w)/, (found, names) => h("em", {}, inline(found[1], names))],
  [/^\[([^\]]+)\]\(<?(https?:\/\/[^\s>)]+)>?\)/, (found, names) => link(found[2], inline(found[1], names))],
  [/^<(https?:\/\/[^\s>]+)>/, (found) => link(found[1], found[1])],
  [/^https?:\/\/[^\s<>]*[^\s<>.,:;"')\]!?]/, (found) => link(found[0], found[0])],
  [/^<@!?(\d+)>/, (found, names) => mention("@", names.user(found[1]), "somebody")],
  [/^<@&(\d+)>/, (found, names) => mention("@", names.role(found[1]), "a role")],
  [/^<#(\d+)>/, (found, names) => mention("#", names.channel(found[1]), "a channel")],
  [/^<\/([^:>]+):\d+>/, (found) => h("span", { class: "mention", text: `/${found[1]}` })],
  [/^<t:(-?\d+)(?::([tTdDfFR]))?>/, (found) => moment(Number(found[1]), found[2] ?? "f")],
];

function inline(text, names) {
  const nodes = [];
  let plain = "";
  let rest = text;
  while (rest) {
    const hit = first(rest, plain);
    if (!hit) {
      plain += rest[0];
      rest = rest.slice(1);
      continue;
    }
    const made = hit.make(hit.found, names);
    if (typeof made === "string") plain += made;
    else {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(made);
    }
    rest = rest.slice(hit.found[0].length);
  }
  return plain ? [...nodes, plain] : nodes;
}

function first(rest, before) {
  // Inside a word an underscore is a letter, as in snake_case.
  if (rest[0] === "_" && /\w$/.test(before)) return null;
  for (const [pattern, make] of INLINE) {
    const found = pattern.exec(rest);
    if (found) return { found, make };
  }
  return null;
}

/** A link that the page follows itself; what leads to no web page stays text, whoever wrote it. */
export function link(url, content, attrs = {}) {
  if (!/^https?:\/\//i.test(url)) return h("span", attrs, content);
  return h("a", { href: url, target: "_blank", rel: "noopener", data: { link: "" }, ...attrs }, content);
}

function mention(sign, known, otherwise) {
  return h("span", { class: "mention", text: sign + (known?.name ?? otherwise) });
}

function moment(seconds, style) {
  const text = style === "R" ? ago(seconds) : instant(seconds, style);
  const relative = style === "R" ? String(seconds) : null;
  return h("time", {
    class: "moment",
    datetime: new Date(seconds * 1000).toISOString(),
    title: instant(seconds, "F"),
    data: { relative },
    text,
  });
}
