// Which panes are in view: all of them, the chats by turns over what is behind the scenes, or one at a time.

import { byId } from "./dom.js";

const PANES = ["discord", "telegram", "backstage"];
const one = matchMedia("(max-width: 719px)");
const all = matchMedia("(min-width: 1180px)");

let shown = "discord";

/** Brings a pane into view ("discord", "telegram", "backstage"); where all are in view nothing changes. */
export function show(pane) {
  shown = pane;
  arrange();
  document.dispatchEvent(new CustomEvent("shown", { detail: pane }));
}

function arrange() {
  const byTurns = all.matches ? [] : one.matches ? PANES : PANES.slice(0, 2);
  if (byTurns.length && !byTurns.includes(shown)) shown = byTurns[0];
  byId("tabs").hidden = !byTurns.length;
  for (const pane of PANES) {
    const section = byId(pane);
    const tab = byId(`tab-${pane}`);
    const turns = byTurns.includes(pane);
    tab.hidden = !turns;
    tab.setAttribute("aria-selected", String(turns && pane === shown));
    tab.setAttribute("aria-controls", pane);
    tab.tabIndex = pane === shown ? 0 : -1;
    section.classList.toggle("away", turns && pane !== shown);
    turns ? section.setAttribute("role", "tabpanel") : section.removeAttribute("role");
  }
}

for (const query of [one, all]) query.addEventListener("change", arrange);

byId("tabs").addEventListener("click", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) show(tab.dataset.shows);
});

byId("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const tabs = [...byId("tabs").querySelectorAll("[role=tab]:not([hidden])")];
  const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
  show(next.dataset.shows);
  next.focus();
  event.preventDefault();
});

/** Marks a tab when something new happened in a pane that is not in view. */
export function mark(pane, news) {
  byId(`tab-${pane}`).classList.toggle("news", news);
}
