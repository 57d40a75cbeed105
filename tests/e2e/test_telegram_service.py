"""How the service is set up for Telegram: where it sells, by webhook or by polling, over the wire."""

import io
import json
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from bot.app.owner_commands import check
from bot.config import Discord, Telegram
from tests.e2e.telegram import MIA, salon


async def test_redeem_only_sells_nothing_on_telegram(tmp_path: Path) -> None:
    async with salon(tmp_path, GUESTLIST_TELEGRAM__CHECKOUT="redeem_only") as club:
        await club.makes_plan()
        shown = await club.writes(MIA, "/plans")
        assert shown.buttons == {}
        assert "n't sold in Telegram" in shown.text
        refused = await club.writes(MIA, "/subscribe Pro")
        assert "n't sold in Telegram" in refused.text
        assert refused.buttons == {}
        both = club.world.settings
        alone = both.model_copy(update={"discord": Discord()})
        nowhere = "there is no Discord bot to sell on"
        assert not [line for _, line in await check(both) if nowhere in line]
        assert [good for good, line in await check(alone) if nowhere in line] == [False]


async def test_updates_by_webhook_are_stored_before_they_are_acknowledged(tmp_path: Path) -> None:
    secret = "a_secret_of_some_length"
    async with salon(tmp_path, GUESTLIST_TELEGRAM__WEBHOOK="true", GUESTLIST_TELEGRAM__WEBHOOK_SECRET=secret) as club:
        await club.makes_plan()
        link = await club.buys(MIA)
        assert (await club.joins(MIA, link))["status"] == "member"
        url = f"{club.world.url}/webhooks/telegram"
        header = {"X-Telegram-Bot-Api-Secret-Token": secret}
        who = {"id": MIA, "is_bot": False, "first_name": "Mia"}
        chat = {"id": MIA, "type": "private"}
        message = {"message_id": 9999, "date": 1, "from": who, "chat": chat, "text": "/privacy"}
        update = {"update_id": 999_999_999, "message": message}
        async with aiohttp.ClientSession() as session:

            async def sent(body: object, headers: dict[str, str]) -> int:
                kind = {"Content-Type": "application/json"}
                async with session.post(url, data=body, headers={**kind, **headers}) as answer:
                    return answer.status

            assert await sent(json.dumps(update), {}) == 403
            assert await sent(json.dumps(update), {"X-Telegram-Bot-Api-Secret-Token": "guess"}) == 403
            assert await sent("{broken", header) == 400
            for none in ("[]", "{}", '{"update_id": "7"}', "[" * 5000, '{"update_id": 7, "message": {}}'):
                assert await sent(none, header) == 400
            assert await sent(io.BytesIO(b"x" * 1_100_000), header) == 413
            for _ in range(3):
                assert await sent(json.dumps(update), header) == 200
        await club.reads(MIA, "What I keep")
        await club.world.quiet()
        assert len([text for text in await club.heard(MIA) if "What I keep" in text]) == 1


async def test_a_service_that_polls_again_takes_its_webhook_away(tmp_path: Path) -> None:
    secret = "a_secret_of_some_length"
    async with salon(tmp_path, GUESTLIST_TELEGRAM__WEBHOOK="true", GUESTLIST_TELEGRAM__WEBHOOK_SECRET=secret) as club:
        await club.makes_plan()
        polled = club.world.settings.model_copy(update={"telegram": Telegram(token=SecretStr("1:sandbox"))})
        club.world.settings = polled
        await club.world.restart()
        assert "Pro" in (await club.writes(MIA, "/plans")).text
        good = [line for _, line in await check(polled) if line.startswith("Telegram")]
        assert "bot @guestlist_bot" in good[0]
        assert any("updates are polled" in line for line in good)
