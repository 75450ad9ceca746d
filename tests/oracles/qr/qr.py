"""Reads QR codes as a phone does: ["<png in base64>"] becomes what stands in each, or null."""

import base64
import io
import json
import sys

import zxingcpp  # pyright: ignore[reportMissingImports]
from PIL import Image  # pyright: ignore[reportMissingImports]

found = []
for content in json.load(sys.stdin):
    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(base64.b64decode(content))))
    found.append(read[0].text if len(read) == 1 else None)
print(json.dumps(found))
