// Follows along: asks for this very page again, and shows what changed, until everything is there or it takes too long.
const EVERY_MS = 1500;
const SLOWER_EACH = 1.15; // a bank transfer takes days: nobody asks for those every second
const LONGEST_MS = 30000;
const FOR_MS = 30 * 60 * 1000;
const until = Date.now() + FOR_MS;

const page = () => document.getElementById("page");

async function look() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = fresh.getElementById("page");
  if (next === null || next.innerHTML === page().innerHTML) return;
  page().replaceChildren(...document.importNode(next, true).childNodes); // the live region itself stays, so it is read
  page().toggleAttribute("data-live", "live" in next.dataset);
  document.title = fresh.title;
}

async function follow(wait) {
  if (!("live" in page().dataset) || Date.now() > until) return;
  await new Promise((resolve) => setTimeout(resolve, wait));
  try {
    await look();
  } catch {
    // The service is away for a moment: what is on the page stays.
  }
  await follow(Math.min(wait * SLOWER_EACH, LONGEST_MS));
}

await follow(EVERY_MS);
