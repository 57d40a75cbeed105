// The guided first minute: a card beside what is meant, which goes on by itself once the thing has happened.

import { byId, h } from "./dom.js";
import { be, closeBrowser, heroOf, STEPS } from "./tour-steps.js";
import { me, show, world } from "./page.js";

const KEPT = "guestlist.tour";
const PRAISE_MS = 900;
const PLACE_MS = 150;
const EDGE_PX = 8;
const RING_PX = 5;
const AWAY_PX = 16;
const GRID_PX = 32;
/** How much worse a covered square pixel is than a pixel of distance. */
const COST_TARGET = 1;
const COST_CLEAR = 0.02;

const narrow = matchMedia("(max-width: 719px)");
const card = byId("tour");
const ring = byId("tour-ring");

let step = null;
let hero = null;
let busy = false;
let moving = 0;
let target = null;
let ticking = 0;

// -- what is remembered -----------------------------------------------------------------------------------------

function remember(told) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(told));
  } catch {
    // A browser that keeps nothing: the tour begins anew with the next visit.
  }
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

// -- going through it -------------------------------------------------------------------------------------------

const again = h("button", { type: "button", class: "quiet tour-again", data: { testid: "tour-begin" }, aria: { controls: "tour" }, on: { click: () => begin(true) } }, h("span", { text: "Guided " }), "tour");
byId("tools").append(again);

/** From the first step; `asked`: somebody pressed for it, so focus goes there. */
function begin(asked) {
  hero = heroOf(null);
  if (!hero) return;
  enter(0);
  if (asked) byId("tour-title").focus();
}

function enter(number) {
  if (number >= STEPS.length) return leave("done");
  const next = STEPS[number];
  if (!next.read && next.done(hero)) return enter(number + 1);
  step = number;
  target = null;
  card.hidden = false;
  again.hidden = true;
  remember({ step: next.id, hero: hero.key });
  say("");
  wrong("");
  const came = document.activeElement === byId("tour-next") || document.activeElement === byId("tour-do");
  if (!next.browser || (narrow.matches && next.pane === "backstage")) closeBrowser();
  show(next.pane);
  draw();
  if (came && document.activeElement === document.body) byId("tour-title").focus();
  ticking ||= setInterval(place, PLACE_MS);
  requestAnimationFrame(place);
}

function leave(how = "left") {
  const within = card.contains(document.activeElement);
  remember({ how });
  step = null;
  clearInterval(ticking);
  clearTimeout(moving);
  ticking = moving = 0;
  card.hidden = ring.hidden = true;
  again.hidden = false;
  document.documentElement.style.removeProperty("--tour-height");
  if (within) again.focus();
}

/** Goes on when the thing has happened; one can still see that it was that. */
function look() {
  if (step === null || busy || moving || !world || me()?.key !== hero.key) return;
  const now = STEPS[step];
  if (now.read || !now.done(hero)) return;
  card.classList.add("well");
  moving = setTimeout(() => {
    moving = 0;
    card.classList.remove("well");
    if (step !== null) enter(step + 1);
  }, PRAISE_MS);
}

async function doIt() {
  const now = STEPS[step];
  busy = true;
  wrong("");
  draw();
  try {
    await be(hero);
    await now.act(hero, say);
  } catch (error) {
    wrong(error.message);
  } finally {
    busy = false;
    if (step !== null) draw();
    look();
  }
}

async function next() {
  try {
    await be(hero);
    enter(step + 1);
  } catch (error) {
    wrong(error.message);
  }
}

// -- what it shows ----------------------------------------------------------------------------------------------

function draw() {
  const now = STEPS[step];
  const somebodyElse = me()?.key !== hero.key;
  const can = Boolean(now.act) && (now.can?.(hero) ?? true);
  const last = step === STEPS.length - 1;
  put("tour-count", `Step ${step + 1} of ${STEPS.length}`);
  put("tour-title", now.title(hero));
  put("tour-text", somebodyElse && now.id !== "who" ? `You are ${me()?.name ?? "nobody"} now. ${now.text(hero)}` : now.text(hero));
  Object.assign(byId("tour-progress"), { value: step + 1, max: STEPS.length });
  toggle("tour-do", can || busy, byId("tour-next"));
  toggle("tour-next", Boolean(now.read), byId("tour-do"));
  put("tour-next", last ? "Finish" : step === 0 ? `Be ${hero.name}, begin` : "Next");
  put("tour-do", busy ? "Doing it…" : (now.label?.(hero) ?? "Do it for me"));
  byId("tour-do").setAttribute("aria-disabled", String(busy));
  card.classList.toggle("busy", busy);
}

function put(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

/** Shows or hides a button; focus does not fall out of the card. */
function toggle(id, visible, instead) {
  const focused = document.activeElement === byId(id);
  byId(id).hidden = !visible;
  if (focused && !visible) {
    instead.hidden = false;
    instead.focus();
  }
}

function say(text) {
  put("tour-note", text);
  byId("tour-note").hidden = !text;
}

function wrong(text) {
  put("tour-wrong", text);
  byId("tour-wrong").hidden = !text;
}

// -- where it stands --------------------------------------------------------------------------------------------

function place() {
  if (step === null) return;
  const meant = world ? STEPS[step].at(hero) : null;
  if (meant !== target) {
    target = meant;
    target?.scrollIntoView({ block: "nearest", behavior: "instant" });
  }
  const box = target?.getBoundingClientRect() ?? null;
  drawRing(box);
  if (narrow.matches) {
    card.removeAttribute("style");
    document.documentElement.style.setProperty("--tour-height", `${card.offsetHeight}px`);
    return;
  }
  document.documentElement.style.removeProperty("--tour-height");
  const { x, y } = spot(box);
  card.style.setProperty("left", `${x}px`);
  card.style.setProperty("top", `${y}px`);
}

function drawRing(box) {
  ring.hidden = !box || !box.width;
  if (ring.hidden) return;
  const left = Math.max(2, box.left - RING_PX);
  const top = Math.max(2, box.top - RING_PX);
  const right = Math.min(innerWidth - 2, box.right + RING_PX);
  const bottom = Math.min(innerHeight - 2, box.bottom + RING_PX);
  Object.assign(ring.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
}

/**
 * Where the card covers least of what one should see now, near to what is meant: the target never, the browser, the way and what
 * the step names if it can be. Looked for on a coarse grid, and only when something has moved.
 */
function spot(box) {
  const { offsetWidth: width, offsetHeight: height } = card;
  const clear = ["#browser[open]", "#way", "#d-popup", ...(STEPS[step].clear ?? [])].map((selector) => document.querySelector(selector)?.getBoundingClientRect()).filter((one) => one?.width);
  const known = JSON.stringify([step, width, height, innerWidth, innerHeight, [box, ...clear].map((one) => one && [one.x, one.y, one.width, one.height].map(Math.round))]);
  if (spot.known === known) return spot.found;
  const covered = (x, y, other) => Math.max(0, Math.min(x + width, other.right) - Math.max(x, other.left)) * Math.max(0, Math.min(y + height, other.bottom) - Math.max(y, other.top));
  const away = (x, y) => Math.hypot(Math.max(box.left - x - width, x - box.right, 0), Math.max(box.top - y - height, y - box.bottom, 0));
  const cost = (x, y) => (box ? covered(x, y, grown(box)) * COST_TARGET + away(x, y) : x + y > 0 ? -x - y : 0) + clear.reduce((sum, one) => sum + covered(x, y, one) * COST_CLEAR, 0);
  let found = { x: EDGE_PX, y: EDGE_PX, cost: Infinity };
  for (const x of stops(box ? [box.left, box.right - width, box.right + AWAY_PX, box.left - width - AWAY_PX] : [], innerWidth - width)) {
    for (const y of stops(box ? [box.top - height - AWAY_PX, box.bottom + AWAY_PX, box.top + (box.height - height) / 2] : [], innerHeight - height)) {
      const costs = cost(x, y);
      if (costs < found.cost - 0.5) found = { x, y, cost: costs };
    }
  }
  Object.assign(spot, { known, found });
  return found;
}

const grown = (box) => ({ left: box.left - AWAY_PX + 1, right: box.right + AWAY_PX - 1, top: box.top - AWAY_PX + 1, bottom: box.bottom + AWAY_PX - 1 });

/** Places along one side that are worth a look: those beside the target first, then every so often. */
function stops(first, most) {
  const all = [...first];
  for (let at = EDGE_PX; at <= most - EDGE_PX; at += GRID_PX) all.push(at);
  return [...all, most - EDGE_PX].filter((at) => at >= EDGE_PX && at <= most - EDGE_PX);
}

// -- what it hears ----------------------------------------------------------------------------------------------

byId("tour-leave").addEventListener("click", () => leave());
byId("tour-next").addEventListener("click", next);
byId("tour-do").addEventListener("click", () => busy || doIt());
card.addEventListener("keydown", (event) => event.key === "Escape" && leave());
for (const name of ["resize", "scroll"]) addEventListener(name, place, { passive: true, capture: true });
for (const name of ["line", "browse"]) document.addEventListener(name, () => setTimeout(look));

let met = false;
document.addEventListener("world", () => {
  if (step !== null) draw();
  setTimeout(look);
  if (met || !world.people.length) return;
  met = true;
  const { step: id, hero: key, how } = remembered();
  if (how) return;
  hero = heroOf(key);
  const number = STEPS.findIndex((one) => one.id === id);
  // A demo that was started anew knows nothing of an old visit: what must have happened before says so.
  const since = STEPS.slice(1, Math.max(0, number)).filter((one) => !one.read && one.id !== "fails" && one.id !== "grace");
  setTimeout(() => enter(number > 0 && since.every((one) => one.done(hero)) ? number : 0), 300);
});
