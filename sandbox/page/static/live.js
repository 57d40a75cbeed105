// What the page knows: one world for one person, and the lines of the hidden way; both come on one stream.

/** The whole world as the server told it last; null until it has. */
export let world = null;

let source = null;
let who = null;
let heardAt = 0;

/** Who acts, out of `world.people`; null before the first world. */
export function me() {
  return world?.people.find((person) => person.key === world.who) ?? null;
}

/** The sandbox's time now, in seconds: the world tells it only when something else changes. */
export function now() {
  return world ? world.clock.now + (performance.now() - heardAt) / 1000 : Date.now() / 1000;
}

/** Listens as this person (null: the first member). Events on document: "world", "line", and "lost" / "found". */
export function listen(person) {
  source?.close();
  who = person;
  source = new EventSource(`/page/live${person ? `?who=${encodeURIComponent(person)}` : ""}`);
  source.addEventListener("world", (event) => {
    world = JSON.parse(event.data);
    heardAt = performance.now();
    tell("found");
    tell("world", world);
  });
  source.addEventListener("line", (event) => tell("line", JSON.parse(event.data)));
  source.addEventListener("error", again);
}

// A browser tries again by itself after a cut, but not after a refusal (a restarted sandbox that is not seeded yet).
function again() {
  tell("lost");
  if (source.readyState !== EventSource.CLOSED) return;
  setTimeout(() => source.readyState === EventSource.CLOSED && listen(who), 1500);
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Does something: POSTs JSON (or `method`), answers JSON. Throws Error with a sentence for the person who did it. */
export async function act(path, body = {}, { method = "POST" } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json" },
      body: method === "POST" ? JSON.stringify(body) : undefined,
    });
  } catch {
    throw new Error("The sandbox does not answer: is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}
