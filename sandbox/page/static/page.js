// The page's entry: who one is, which pane one sees, where links lead. Others import what they need from here.

import { avatar, byId, h, keyed } from "./dom.js";
import { listen, me, world } from "./live.js";
import { openLink } from "./links.js";
import { show } from "./panes.js";

export { act, me, now, world } from "./live.js";
export { openLink } from "./links.js";
export { show } from "./panes.js";

const KEPT = "guestlist.who";

/** Acts as somebody else from now on. */
export function become(key) {
  sessionStorage.setItem(KEPT, key);
  listen(key);
}

document.addEventListener("world", () => {
  keyed(byId("faces"), world.people, { key: (person) => person.key, make: face });
  for (const input of byId("faces").querySelectorAll("input")) input.checked = input.value === world.who;
  document.title = `Guestlist: you are ${me()?.name ?? "nobody"}`;
});

function face(person) {
  const input = h("input", {
    type: "radio",
    name: "who",
    value: person.key,
    class: "hidden",
    data: { testid: `who-${person.key}` },
    on: { change: () => become(person.key) },
  });
  const role = person.role === "admin" ? h("small", { text: "admin" }) : null;
  return h("label", { class: "face" }, input, avatar(person.name), h("span", { text: person.name }), role);
}

// A link of a message is a button to us: pay pages open inside the page, Telegram's in its pane.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-link]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  openLink(link.href);
});
document.addEventListener("follow-link", (event) => openLink(event.detail));

document.addEventListener("lost", () => {
  const lost = byId("lost");
  if (!lost.hidden) return;
  lost.textContent = "Connection lost, retrying…";
  lost.hidden = false;
});
document.addEventListener("found", () => {
  byId("lost").hidden = true;
});

// Only now have all modules had their turn to listen.
document.addEventListener("DOMContentLoaded", () => {
  show("discord");
  listen(new URLSearchParams(location.search).get("who") ?? sessionStorage.getItem(KEPT));
});
