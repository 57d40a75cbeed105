"""The lines of the hidden way as the page keeps them: its model alone, in a browser."""

from playwright.async_api import Browser

from sandbox.page.lines import LINES_KEPT
from tests.browser import chromium

ROWS = """async () => {
  const { rows } = await import("/page/way_model.js");
  const hook = (n, text, state) => ({ id: `${n}`, n, at: n, step: "webhook", state, text });
  const beside = [hook(1, "product.created", "noted"), hook(2, "price.created", "dropped")];
  const all = [...beside, hook(3, "charge.failed", "noted")];
  const shown = (every) => rows(all, every).map((row) => row.line.text);
  return [shown(false), shown(true)];
}"""

KEPT = """async (count) => {
  const { Book } = await import("/page/way_model.js");
  const book = new Book();
  const line = (n, purchase) => ({ id: `line ${n}`, n, at: n, step: "webhook", state: "stored", purchase });
  const tell = (n, purchase) => book.take(line(n, purchase));
  for (let n = 1; n <= 5; n += 1) tell(n, "first");
  for (let n = 6; n <= count; n += 1) tell(n, "second");
  const all = book.episodes.map((episode) => episode.purchase);
  for (let n = count + 1; n <= count + 4; n += 1) tell(n, null);
  const some = [book.episodes[0].lines.size, book.lines.size];
  tell(count + 4, null);
  tell(count + 5, null);
  const left = book.episodes.map((episode) => episode.purchase);
  for (let n = count + 6; n <= 2 * count + 5; n += 1) tell(n, null);
  const ns = book.inOrder().map((one) => one.n);
  return { all, some, left, episodes: book.episodes.length, newest: book.newest, ns: [ns[0], ns.at(-1), ns.length] };
}"""


async def test_the_oldest_lines_go_and_their_episodes_with_them(browser: Browser, address: str) -> None:
    async with chromium.page(browser) as page:
        await page.goto(address)
        assert await page.evaluate(KEPT, LINES_KEPT) == {
            "all": ["first", "second"],
            "some": [1, LINES_KEPT],
            "left": ["second"],
            "episodes": 0,
            "newest": None,
            "ns": [LINES_KEPT + 6, 2 * LINES_KEPT + 5, LINES_KEPT],
        }


async def test_what_nothing_follows_from_is_shown_only_with_every_webhook(browser: Browser, address: str) -> None:
    async with chromium.page(browser) as page:
        await page.goto(address)
        every = ["product.created", "price.created", "charge.failed"]
        assert await page.evaluate(ROWS) == [every[1:], every]
