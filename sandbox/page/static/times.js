// Times as people read them. All are the sandbox's seconds: a month can pass between two messages.

import { now } from "./live.js";

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** A time in one of Discord's styles. */
export function instant(seconds, style) {
  return new Intl.DateTimeFormat("en", STYLES[style] ?? STYLES.f).format(seconds * 1000);
}

/** "in 3 days", "2 minutes ago". */
export function ago(seconds) {
  const distance = seconds - now();
  const [unit, size] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(distance / size), unit);
}

/** The clock time of a message. */
export function clock(seconds) {
  return instant(seconds, "t");
}

/** The day as a heading between messages. */
export function day(seconds) {
  return new Intl.DateTimeFormat("en", { dateStyle: "long" }).format(seconds * 1000);
}

// Relative times go on while one reads.
setInterval(() => {
  for (const node of document.querySelectorAll("time[data-relative]"))
    node.textContent = ago(Number(node.dataset.relative));
}, 10_000);
