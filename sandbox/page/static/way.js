// The hidden way: a diagram whose stations light up, and under it a line for all that is otherwise unseen.

import { byId, h, icon, keyed } from "./dom.js";
import { Book, rows, states, stations, tone, word } from "./way_model.js";

const SPOKEN_AFTER_MS = 1500;
const AT_END_PX = 48;
const STEPS = {
  webhook: "Webhook",
  stripe: "Stripe",
  decision: "Decision",
  effect: "Effect",
  notice: "Message",
  service: "Service",
};
const SPOKEN_STATES = { idle: "", done: ": done", busy: ": under way", warn: ": waits", bad: ": went wrong" };

const book = new Book();
const log = byId("way-log");
let planned = false;
let follows = true;
let spoken = 0;
const fresh = new Set();
let began = false;

/** The lines that are kept, in order; for those who watch for something (the tour). */
export function lines() {
  return book.inOrder();
}

document.addEventListener("line", (event) => {
  const known = book.take(event.detail);
  if (!known || known.state !== event.detail.state) fresh.add(event.detail.id);
  plan();
});
document.addEventListener("world", (event) => {
  const people = event.detail.people.map((person) => person.name);
  keyed(byId("way-who"), ["", ...people], {
    key: (name) => name,
    make: (name) => h("option", { value: name, text: name || "everybody" }),
  });
});
for (const id of ["way-who", "way-every"]) byId(id).addEventListener("change", () => draw(true));
byId("way-newest").addEventListener("click", toEnd);
log.addEventListener(
  "scroll",
  () => {
    if (!log.clientHeight) return; // out of view
    follows = atEnd();
    if (follows) byId("way-newest").hidden = true;
  },
  { passive: true },
);
new ResizeObserver(() => follows && toEnd()).observe(log);

/** Many lines come at once: they are drawn together. */
function plan() {
  if (planned) return;
  planned = true;
  setTimeout(() => {
    planned = false;
    draw(follows);
    speakSoon();
  }, 40);
}

function draw(follow) {
  const who = byId("way-who").value;
  const shown = book.inOrder(who);
  const found = rows(shown, byId("way-every").checked);
  keyed(byId("way-rows"), found, { key: (row) => row.key, same, make });
  byId("way-empty").hidden = found.length > 0;
  byId("way-empty-who").textContent = who ? ` of ${who}` : "";
  drawStations(who ? book.episodes.findLast((episode) => episode.moves && episode.who === who) : book.newest, who);
  if (follow) toEnd();
  else byId("way-newest").hidden = false;
}

function atEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < AT_END_PX;
}

function toEnd() {
  follows = true;
  log.scrollTop = log.scrollHeight;
  byId("way-newest").hidden = true;
}

// -- the diagram ------------------------------------------------------------------------------------------------

let drawn = null;

function drawStations(episode, who) {
  const fresh = episode !== drawn;
  drawn = episode;
  const told = Object.entries(stations(episode));
  const lit = told.some(([, { state }]) => state !== "idle");
  const nothing = who ? `${who} has not bought yet` : "nobody has bought yet";
  byId("way-whose").textContent = lit ? `${episode.who ?? "Somebody"}, ${day(episode.at)}` : nothing;
  let late = 0;
  for (const [name, { state, note, full }] of told) {
    const node = byId(`station-${name}`);
    const news = fresh || node.dataset.state !== state;
    node.style.setProperty("--late", `${news && state !== "idle" ? (late += 1) * 110 : 0}ms`);
    if (news) node.classList.remove("lit");
    if (news && state !== "idle") {
      void node.offsetWidth; // so that the animation starts again
      node.classList.add("lit");
    }
    node.dataset.state = state;
    node.querySelector(".station-note").textContent = note ?? "";
    node.querySelector(".station-state").textContent = SPOKEN_STATES[state];
    node.title = full ?? note ?? "";
  }
}

// -- the lines --------------------------------------------------------------------------------------------------

function same(row) {
  if (row.kind === "fold") return JSON.stringify([row.states, row.lines.length]);
  if (row.kind === "head") return `${row.who}`;
  const { episode, ...told } = row.line;
  return JSON.stringify([told, episode?.who]);
}

function make(row, old) {
  if (row.kind === "head") return head(row);
  const made = row.kind === "fold" ? fold(row) : one(row.line);
  const details = made.querySelector("details");
  details.open = old?.querySelector("details").open ?? false;
  details.addEventListener("toggle", () => details.open && made.scrollIntoView({ block: "nearest" }));
  return made;
}

function head(row) {
  return h(
    "li",
    { class: `way-head ${hue(row.purchase)}` },
    h("strong", { text: row.who ?? "Somebody" }),
    " ",
    h("span", { text: stamp(row.at) }),
  );
}

function one(line) {
  const summary = h(
    "summary",
    { data: { focus: "line" } },
    icon(line.id.startsWith("request:") ? "request" : line.step),
    h("span", { class: "hidden", text: `${STEPS[line.step] ?? line.step}: ` }),
    h("span", { class: `way-text ${line.step === "webhook" ? "mono" : ""}`, text: line.text }),
    line.who && line.who !== line.episode?.who ? h("span", { class: "way-who", text: line.who }) : null,
    line.reason ? h("span", { class: "way-why", text: line.reason }) : null,
    badge(line.state),
  );
  const facts = [
    ["When", stamp(line.at, true)],
    ["Who", line.who],
    ["Why", line.reason],
    ["Id", line.id.replace(/^evt:/, "")],
    ["Customer", line.purchase],
  ];
  const told = facts
    .filter(([, value]) => value)
    .map(([name, value]) => h("div", {}, h("dt", { text: name }), h("dd", { text: value })));
  return h(
    "li",
    { class: `way-line ${hue(line.purchase)}`, data: { step: line.step, state: line.state, testid: "way-line" } },
    h("details", {}, summary, h("dl", {}, told)),
  );
}

function fold(row) {
  const summary = h(
    "summary",
    { data: { focus: "fold" } },
    icon("webhook"),
    h("span", { class: "way-text", text: `${row.lines.length} more webhooks` }),
    h("span", { class: "way-why", text: [...new Set(row.lines.map((line) => line.text))].join(", ") }),
    states(row.lines).map(([state, count]) => badge(state, count)),
  );
  const inner = h(
    "ul",
    {},
    row.lines.map((line) => h("li", {}, h("span", { class: "mono", text: line.text }), badge(line.state))),
  );
  return h(
    "li",
    { class: `way-line way-fold ${hue(row.lines[0].purchase)}`, data: { step: "webhook", testid: "way-fold" } },
    h("details", {}, summary, inner),
  );
}

function badge(state, count = 0) {
  return h("span", { class: `badge tone-${tone(state)}`, text: count ? `${count} ${word(state)}` : word(state) });
}

const HUES = 5;
const hues = new Map();

/** A colour for each customer, in the order of their coming. */
function hue(purchase) {
  if (!purchase) return "hue-none";
  if (!hues.has(purchase)) hues.set(purchase, hues.size % HUES);
  return `hue-${hues.get(purchase)}`;
}

function stamp(at, seconds = false) {
  const options = { dateStyle: "medium", timeStyle: seconds ? "medium" : "short", timeZone: "UTC" };
  return `${new Intl.DateTimeFormat("en-GB", options).format(at * 1000)}`;
}

function day(at) {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" }).format(at * 1000);
}

// -- for those who hear -----------------------------------------------------------------------------------------

/** What came since it last spoke, in a sentence: twenty webhooks of a purchase are one number. */
function speakSoon() {
  clearTimeout(spoken);
  spoken = setTimeout(() => {
    const news = began ? [...fresh].map((id) => book.lines.get(id)).filter(Boolean) : [];
    fresh.clear();
    began = true;
    const hooks = news.filter((line) => line.step === "webhook");
    const others = news.filter((line) => line.step !== "webhook" && line.step !== "stripe").slice(-4);
    const said = others.map((line) => `${line.text}: ${word(line.state)}.`);
    if (hooks.length)
      said.unshift(
        `${hooks.length} webhooks: ${states(hooks)
          .map(([state, count]) => `${count} ${word(state)}`)
          .join(", ")}.`,
      );
    byId("way-said").textContent = said.join(" ");
  }, SPOKEN_AFTER_MS);
}
