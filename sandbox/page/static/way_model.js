// The hidden way as a model: lines in, rows and stations out. Nothing here touches the page.

const LINES_KEPT = 200; // as many as the sandbox keeps
const QUIET_SECONDS = 1.5;
const SAME_HEAD_SECONDS = 20;

/** What each state means for the eye: "good", "busy", "warn", "bad" or "plain". */
const TONES = {
  waiting: "warn",
  retrying: "warn",
  open: "busy",
  starting: "busy",
  sent: "busy",
  stored: "busy",
  settled: "good",
  decided: "good",
  done: "good",
  ready: "good",
  made: "good",
  dropped: "bad",
  failed: "bad",
  blocked: "bad",
  dead: "bad",
  killed: "bad",
};
const WORDS = { dropped: "lost" };

/** How the badge of a state looks. */
export function tone(state) {
  return TONES[state] ?? "plain";
}

/** How the badge of a state reads. */
export function word(state) {
  return WORDS[state] ?? state;
}

/** Of the webhooks of a purchase these say most to a reader; the others fold into one row. */
const TELLING = [
  /^checkout\.session\.completed$/,
  /^invoice\.(paid|payment_failed|payment_action_required)$/,
  /^customer\.subscription\.(created|deleted|paused|trial_will_end)$/,
  /^charge\.(refunded|dispute\.)/,
];

const telling = (line) => TELLING.some((type) => type.test(line.text));

/** What Stripe tells of every catalogue and every customer, and nothing has to follow from. */
const BESIDE = /^(product|price|customer)\.(created|updated)$/;
const beside = (line) => line.step === "webhook" && line.state === "noted" && BESIDE.test(line.text);

/** The newest lines, each in its episode: what followed from one moment for one customer. */
export class Book {
  lines = new Map();
  episodes = [];
  /** The episode of which more than a message was last heard; null at the beginning. */
  newest = null;
  #open = new Map();
  #last = 0;

  /** A new line, or a known one in a new state. */
  take(line) {
    if (!this.lines.has(line.id) && line.n <= this.#last) this.#forget();
    this.#last = Math.max(this.#last, line.n);
    const known = this.lines.get(line.id);
    const episode = known?.episode ?? this.#episodeOf(line);
    const kept = { ...line, episode };
    this.lines.set(line.id, kept);
    if (episode) {
      episode.lines.set(line.id, kept);
      episode.until = Math.max(episode.until, line.at);
      episode.who ??= line.who;
      if (line.step !== "notice") {
        episode.moves = true;
        this.newest = episode;
      }
    }
    while (this.lines.size > LINES_KEPT) this.#drop(this.lines.values().next().value);
    return known;
  }

  /** A line goes, and its episode with the last of its lines. */
  #drop({ id, episode }) {
    this.lines.delete(id);
    if (!episode) return;
    episode.lines.delete(id);
    if (episode.lines.size) return;
    this.episodes = this.episodes.filter((one) => one !== episode);
    if (this.#open.get(episode.purchase) === episode) this.#open.delete(episode.purchase);
    if (this.newest === episode) this.newest = this.episodes.findLast((one) => one.moves) ?? null;
  }

  /** Lines are numbered as they come: one that is older than what is known is another sandbox's. */
  #forget() {
    this.lines.clear();
    this.#open.clear();
    this.episodes = [];
    this.newest = null;
    this.#last = 0;
  }

  #episodeOf(line) {
    if (!line.purchase) return null;
    const last = this.#open.get(line.purchase);
    if (last && !this.#isOver(last, line)) return last;
    const episode = {
      at: line.at,
      until: line.at,
      who: line.who,
      purchase: line.purchase,
      moves: false,
      lines: new Map(),
    };
    this.#open.set(line.purchase, episode);
    this.episodes.push(episode);
    return episode;
  }

  /** What was decided a while ago is another story than what comes now. */
  #isOver(episode, line) {
    if (line.at - episode.until <= QUIET_SECONDS) return false;
    return [...episode.lines.values()].some((old) => old.step === "decision" && !old.id.startsWith("put-off"));
  }

  /** Lines in the order of their coming, of everybody or of one person by name. */
  inOrder(who = "") {
    const all = [...this.lines.values()].sort((one, other) => one.n - other.n);
    if (!who) return all;
    const own = all.filter((line) => line.who === who || line.step === "service");
    return own.some((line) => line.who === who) ? own : [];
  }
}

/** Rows for the log: heads of episodes, lines, and folds of webhooks that say little (unless `every`). */
export function rows(all, every) {
  const lines = every ? all : all.filter((line) => !beside(line));
  const found = [];
  let episode = null;
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i];
    if (line.episode && line.episode !== episode) {
      const again =
        episode &&
        episode.who === line.episode.who &&
        line.at - episode.at < SAME_HEAD_SECONDS &&
        line.episode.purchase !== episode.purchase;
      episode = line.episode;
      if (!again)
        found.push({ kind: "head", key: `head:${line.n}`, who: episode.who, at: line.at, purchase: episode.purchase });
    }
    const fold = every ? [] : webhooks(lines, i, episode);
    if (fold.length < 4) {
      found.push({ kind: "line", key: line.id, line });
      continue;
    }
    const quiet = fold.filter((one) => !telling(one));
    found.push(...fold.filter(telling).map((one) => ({ kind: "line", key: one.id, line: one })));
    if (quiet.length) found.push({ kind: "fold", key: `fold:${quiet[0].id}`, lines: quiet, states: states(quiet) });
    i += fold.length - 1;
  }
  return found;
}

/** The run of webhooks that begins here. */
function webhooks(lines, from, episode) {
  let to = from;
  while (to < lines.length && lines[to].step === "webhook" && [null, episode].includes(lines[to].episode)) to += 1;
  return lines.slice(from, to);
}

/** How many are in which state, the most telling first. */
export function states(lines) {
  const counts = new Map();
  for (const { state } of lines) counts.set(state, (counts.get(state) ?? 0) + 1);
  const rank = ["bad", "warn", "busy", "good", "plain"];
  return [...counts].sort(([one], [other]) => rank.indexOf(tone(one)) - rank.indexOf(tone(other)));
}

/** The stations of an episode's way: for each name `{state, note}`, state "idle", "done", "busy", "warn" or "bad". */
export function stations(episode) {
  const lines = episode ? [...episode.lines.values()].sort((one, other) => one.n - other.n) : [];
  const of = (step) => lines.filter((line) => line.step === step);
  const requests = lines.filter((line) => line.id.startsWith("request:"));
  const hooks = of("webhook");
  const decided = of("decision").filter((line) => line.state === "decided");
  const deeds = decided.filter((line) => line.id.startsWith("deed:"));
  const checkout = requests.findLast((line) => line.gist === "checkout");
  const asked = lines.some((line) => line.id.startsWith("asked:"));
  const effects = newest(of("effect").filter((line) => line.state !== "replaced"));
  return {
    chat: requests.length || deeds.length ? { state: "done", note: "asked" } : { state: "idle" },
    checkout: checkout ? page(checkout, hooks) : { state: "idle" },
    stripe: money(hooks),
    webhook: heard(hooks),
    asked: put(of("decision"), asked),
    decision: verdict(decided),
    effect: errands(effects),
    access: access(effects),
  };
}

function page(request, hooks) {
  if (tone(request.state) !== "good") return { state: tone(request.state), note: request.state };
  const paid = hooks.some((line) => /^(checkout\.session\.completed|invoice\.paid)$/.test(line.text));
  return paid ? { state: "done", note: "paid" } : { state: "busy", note: "to be paid" };
}

function money(hooks) {
  const last = hooks
    .filter((line) =>
      /^(invoice\.(paid|payment_failed)|charge\.(succeeded|failed|refunded|dispute\..*))$/.test(line.text),
    )
    .at(-1);
  if (!last) return hooks.length ? { state: "done", note: "changed" } : { state: "idle" };
  if (/failed/.test(last.text)) return { state: "bad", note: "payment failed" };
  if (/refunded/.test(last.text)) return { state: "warn", note: "refunded" };
  return /dispute/.test(last.text) ? { state: "warn", note: "disputed" } : { state: "done", note: "paid" };
}

function heard(hooks) {
  if (!hooks.length) return { state: "idle" };
  const count = (...which) => hooks.filter((line) => which.includes(line.state)).length;
  const lost = count("dropped", "failed");
  const stored = count("stored", "settled", "noted", "foreign");
  if (lost) return { state: "bad", note: `${lost} lost` };
  if (count("retrying")) return { state: "warn", note: `${count("retrying")} sent again later` };
  if (stored < hooks.length) return { state: "busy", note: `${stored} of ${hooks.length} stored` };
  return { state: "done", note: `${stored} stored` };
}

function put(decisions, asked) {
  if (decisions.some((line) => line.state === "waiting")) return { state: "warn", note: "no clear answer" };
  return asked ? { state: "done", note: "what is true now" } : { state: "idle" };
}

function verdict(decided) {
  const last = decided.filter((line) => !line.id.startsWith("deed:")).at(-1) ?? decided.at(-1);
  if (!last) return { state: "idle" };
  const note = last.id.startsWith("deed:") ? last.text : (last.gist ?? last.text);
  return { state: "done", note, full: `${last.text}. ${last.reason ?? ""}` };
}

/** Of each role and each chat what was wanted last. */
function newest(effects) {
  return [...new Map(effects.map((line) => [(line.gist ?? line.text).slice(2), line])).values()];
}

function errands(effects) {
  if (!effects.length) return { state: "idle" };
  const done = effects.filter((line) => line.state === "done").length;
  const note = `${done} of ${effects.length} done`;
  if (effects.some((line) => tone(line.state) === "bad")) return { state: "bad", note: "refused" };
  if (effects.some((line) => line.state === "open")) return { state: "busy", note };
  return { state: done === effects.length ? "done" : "warn", note };
}

function access(effects) {
  const done = effects.filter((line) => line.state === "done");
  if (!done.length) return { state: "idle" };
  const note = done.map((line) => line.gist ?? line.text).join(", ");
  return { state: done.length === effects.length ? "done" : "warn", note };
}
