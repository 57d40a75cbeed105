// A browser window inside the page: pay pages open in it, so that what happens behind the scenes stays in view.

import { announce, byId, focusNow } from "./dom.js";
import { me, world } from "./live.js";

const sheet = matchMedia("(max-width: 719px)");
const GAP_PX = 8;
const WIDTH_MIN_PX = 420;

const dialog = byId("browser");
const frame = byId("browser-frame");
const behind = () => [byId("stage"), document.querySelector(".top"), byId("tabs")];
let before = null;
let giveBack = null;
let within = false;

/**
 * Opens an address. Events on document: "browse", with the address when a page has come, with null when it was closed;
 * "follow-link", with an address that a page in it leads to and that belongs elsewhere.
 */
export function browse(url) {
  if (!dialog.open) {
    before = document.activeElement;
    giveBack = focusNow();
    dialog.show();
  }
  place();
  tell(url);
  frame.src = url;
  frame.focus();
}

/** Closes it; focus goes to where it was. */
export function close() {
  if (!dialog.open) return;
  within = dialog.contains(document.activeElement);
  dialog.close();
}

/** The document it shows, where that may be read: a page of the sandbox's own; else null. */
export function shown() {
  try {
    return dialog.open ? frame.contentDocument : null;
  } catch {
    return null;
  }
}

dialog.addEventListener("close", () => {
  frame.src = "about:blank";
  for (const part of behind()) part.inert = false;
  if (within && !giveBack())
    byId("stage").querySelector(".pane:not(.away) [tabindex='0'], .pane:not(.away) button")?.focus();
  before = null;
  document.dispatchEvent(new CustomEvent("browse", { detail: null }));
});

byId("browser-close").addEventListener("click", close);
const onEscape = (event) => event.key === "Escape" && close();
dialog.addEventListener("keydown", onEscape);

frame.addEventListener("load", () => {
  if (!dialog.open) return;
  const page = shown();
  if (page?.location.pathname === "/page/to") {
    const url = new URLSearchParams(page.location.search).get("url");
    const follow = () => document.dispatchEvent(new CustomEvent("follow-link", { detail: url }));
    dialog.addEventListener("close", follow, { once: true }); // once focus was given back
    close();
    return;
  }
  if (page) {
    page.addEventListener("keydown", onEscape);
    fillIn(page);
  }
  const url = page ? page.location.href : (world?.service.url ?? frame.src);
  tell(url);
  frame.title = page?.title || "Guestlist's own page";
  announce(`Page: ${frame.title}`);
  document.dispatchEvent(new CustomEvent("browse", { detail: url }));
});

/** As browsers do: an address that is asked for is filled in. */
function fillIn(page) {
  const email = page.getElementById("email");
  if (email && !email.value && !email.readOnly && me()) email.value = `${me().key}@example.com`;
}

function tell(url) {
  const { host, pathname } = new URL(url, location.href);
  byId("browser-address").textContent = host + (pathname.length > 1 ? pathname : "");
  byId("browser-address").title = url;
  byId("browser-tab").href = url;
}

/** Over the chat that was not clicked in, else over the one in view; on a phone a sheet over everything. */
function place() {
  const over = !before?.closest("#telegram") ? byId("telegram") : byId("discord");
  const box = (
    over.offsetParent === null ? [byId("discord"), byId("telegram")].find((pane) => pane.offsetParent !== null) : over
  )?.getBoundingClientRect();
  for (const part of behind()) part.inert = sheet.matches;
  if (sheet.matches || !box) {
    dialog.removeAttribute("style");
    return;
  }
  const width = Math.min(Math.max(Math.min(box.width, 560), WIDTH_MIN_PX), innerWidth - 2 * GAP_PX);
  const left = Math.max(GAP_PX, Math.min(box.right - width, innerWidth - width - GAP_PX));
  Object.assign(dialog.style, {
    left: `${left}px`,
    top: `${box.top}px`,
    width: `${width}px`,
    height: `${box.height}px`,
  });
}

for (const query of ["resize", "scroll"]) addEventListener(query, () => dialog.open && place(), { passive: true });
