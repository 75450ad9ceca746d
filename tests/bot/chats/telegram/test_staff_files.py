"""Files on Telegram: a photo from staff is a product's picture, the catalogue comes to them as a document."""

from __future__ import annotations

from pathlib import Path

from core import catalog, pictures, sheets
from core.catalog import Product
from tests.bot.chats.telegram.house import Telegraph, telegraph
from tests.bot.chats.telegram.test_staff import hire
from tests.world import World

__all__ = ["telegraph"]

PNG = pictures.to_scan("a picture")


async def test_a_photo_is_the_products_picture_and_the_catalogue_a_document(
    telegraph: Telegraph, world: World, steam: Product, tmp_path: Path
) -> None:
    world.shop.pictures = tmp_path / "pictures"
    world.shop.files |= dict(telegraph.chats)
    chen, bot = await hire(telegraph, 11, "Chen"), telegraph.staff_bot
    chat = chen.chat(bot)
    chen.sends_photo("", bot, PNG)
    await chat.until(lambda chat: len(chat.said()) > 1)
    chen.writes(f"/edit {steam.slug} picture", bot)
    await chat.until(lambda chat: any("send a picture" in one.text for one in chat.said()))
    chen.sends_photo("", bot, PNG)
    await chat.until(lambda chat: any("Changed: Picture" in one.text for one in chat.said()))
    kept = (await world.db.read(catalog.product, steam.slug)).picture
    assert kept and await world.shop.picture(kept) == PNG
    chen.writes("/catalogue-export", bot)
    await chat.until(lambda chat: any("document" in one.body for one in chat.said()))
    sent = next(one.data for one in chat.said() if "document" in one.body)
    assert sheets.read(sent).rows[0][1][0] == steam.slug
