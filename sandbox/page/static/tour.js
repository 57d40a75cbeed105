// The guided first minute: a card beside what is meant, which goes on by itself once the thing has happened.

import { byId, h } from "./dom.js";
import { me, show, world } from "./page.js";
import { spot, surround } from "./tour_place.js";
import { be, closeBrowser, heroOf, STEPS } from "./tour_steps.js";

const KEPT = "guestlist.tour";
const PRAISE_MS = 900;
const PLACE_MS = 150;
/** What the card should never cover, if it can be. */
const CLEAR = ["#picker", "#browser[open]", "#way", "#d-popup"];

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
    // A browser that keeps nothing: the tour starts over with the next visit.
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

const again = h(
  "button",
  {
    type: "button",
    class: "quiet tour-again",
    data: { testid: "tour-begin" },
    aria: { controls: "tour" },
    on: { click: begin },
  },
  h("span", { text: "Guided " }),
  "tour",
);
byId("tools").append(again);

/** From the first step, since somebody pressed for it: so focus goes there. */
function begin() {
  hero = world && heroOf(null);
  if (!hero) return;
  enter(0);
  byId("tour-title").focus();
}

/** What has happened already is left out. */
function enter(number, skipped = false) {
  if (number >= STEPS.length) return leave("done");
  const next = STEPS[number];
  if (next.read ? skipped && next.follows : next.done(hero)) return enter(number + 1, true);
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
  put(
    "tour-text",
    somebodyElse && now.id !== "who" ? `You are ${me()?.name ?? "nobody"} now. ${now.text(hero)}` : now.text(hero),
  );
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

let placed = "";

function place() {
  if (step === null) return;
  const meant = world ? STEPS[step].at(hero) : null;
  if (meant !== target) {
    target = meant;
    target?.scrollIntoView({ block: "nearest", behavior: "instant" });
  }
  const box = target?.getBoundingClientRect() ?? null;
  surround(ring, box);
  if (narrow.matches) dock();
  else stand(box);
}

/** On a phone it is a part of the page, under everything else. */
function dock() {
  card.removeAttribute("style");
  placed = "";
  document.documentElement.style.setProperty("--tour-height", `${card.offsetHeight}px`);
}

/** Elsewhere it floats; it is only placed again when something has moved. */
function stand(box) {
  document.documentElement.style.removeProperty("--tour-height");
  const named = [...CLEAR, ...(STEPS[step].clear ?? [])].map((what) =>
    typeof what === "function" ? what() : document.querySelector(what),
  );
  const clear = named.map((node) => node?.getBoundingClientRect()).filter((one) => one?.width);
  const size = { width: card.offsetWidth, height: card.offsetHeight };
  const seen = JSON.stringify([step, size, innerWidth, innerHeight, box, clear]);
  if (seen === placed) return;
  placed = seen;
  const { left, top } = spot(size, box, clear);
  Object.assign(card.style, { left: `${left}px`, top: `${top}px` });
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
  if (!hero) return;
  const number = STEPS.findIndex((one) => one.id === id);
  // A demo that was restarted knows nothing of an old visit: what must have happened before says so.
  const since = STEPS.slice(1, Math.max(0, number)).filter(
    (one) => !one.read && one.id !== "fails" && one.id !== "grace",
  );
  setTimeout(() => enter(number > 0 && since.every((one) => one.done(hero)) ? number : 0), 300);
});
