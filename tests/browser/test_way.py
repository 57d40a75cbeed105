"""The model of the hidden way by itself: what of the lines the page's diagram tells of."""

from playwright.async_api import Browser

from sandbox.page import site
from tests.browser import chromium

NEWEST = """async ([source, lines]) => {
  const { Book } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const book = new Book();
  return lines.map((line) => {
    book.take(line);
    return book.newest?.who ?? null;
  });
}"""


def line(number: int, step: str, who: str) -> dict[str, object]:
    """A line of a person who is a customer."""
    told = {"id": f"{step}:{number}", "n": number, "at": 10.0 * number, "step": step, "text": step, "state": "done"}
    return {**told, "who": who, "purchase": f"cus_{who}"}


async def test_a_message_to_somebody_takes_no_purchase_out_of_view(browser: Browser) -> None:
    lines = [line(1, "notice", "Ada"), line(2, "effect", "Mia"), line(3, "notice", "Ada"), line(4, "webhook", "Ben")]
    async with chromium.page(browser) as page:
        source = (site.HERE / "static" / "way_model.js").read_text()
        assert await page.evaluate(NEWEST, [source, lines]) == [None, "Mia", "Mia", "Ben"]
