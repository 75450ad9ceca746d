"""`mika stock picture`: a file becomes a product's picture."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core import catalog, catalog_changes, pictures
from core.ground import audit
from core.ground.db import Tx
from core.shop import Shop
from mika.stock_files import BadFile, look_for


async def put(shop: Shop, slug: str, path: Path | None) -> str | None:
    """Keep the file and name it at its product; None for a path takes the name away. Returns the name.

    A repeat changes nothing. An older picture's file stays: chats show what they showed.
    Raises BadFile, UnknownProduct.
    """
    await shop.db.read(catalog.product, slug)
    name = None if path is None else await asyncio.to_thread(_kept, shop.pictures, path)
    await shop.db.write(_put, slug, name)
    return name


def _kept(folder: Path | None, path: Path) -> str:
    size = look_for(path)
    if size > pictures.LARGEST:
        raise BadFile("F010", path=path, what=f"it has {size:,} bytes, and {pictures.LARGEST:,} are the most")
    content = path.read_bytes()
    try:
        name = pictures.name_for(content)
    except pictures.BadPicture as error:
        raise BadFile("F010", path=path, what=str(error)) from None
    assert folder is not None  # noqa: S101  every shop that was opened has one
    pictures.keep(folder, name, content)
    return name


def _put(tx: Tx, slug: str, name: str | None) -> None:
    catalog_changes.picture(tx, slug, name)
    audit.write(tx, "command line", "picture", slug, name=name or "none")
