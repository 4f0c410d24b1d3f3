"""Draws the sample images in assets/samples.

Usage: python -m scripts.make_samples
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

OUT = Path(__file__).resolve().parent.parent / "assets" / "samples"


def xray() -> Image.Image:
    """A chest X-ray, with some goodwill."""
    image = Image.new("L", (480, 560), 12)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((60, 40, 420, 540), 120, fill=60)
    draw.ellipse((90, 120, 225, 430), fill=24)
    draw.ellipse((255, 120, 390, 430), fill=24)
    draw.rectangle((228, 60, 252, 520), fill=150)
    for rib in range(9):
        top = 120 + rib * 34
        draw.arc((80, top, 235, top + 90), 190, 350, fill=130, width=7)
        draw.arc((245, top, 400, top + 90), 190, 350, fill=130, width=7)
    draw.ellipse((235, 280, 335, 400), fill=110)
    return image.filter(ImageFilter.GaussianBlur(3))


def ecg() -> Image.Image:
    """Some heart beats on graph paper."""
    image = Image.new("RGB", (640, 240), "#fff7f5")
    draw = ImageDraw.Draw(image)
    for x in range(0, 640, 16):
        draw.line((x, 0, x, 240), fill="#f8d4cd")
    for y in range(0, 240, 16):
        draw.line((0, y, 640, y), fill="#f8d4cd")
    beat = [(0, 0), (24, 0), (32, -14), (40, 0), (52, 8), (58, -90), (66, 34), (72, 0), (96, -22)]
    points = [(start + x, 140 + y) for start in range(0, 640, 128) for x, y in beat]
    draw.line(points, fill="#1f2937", width=2, joint="curve")
    return image


def skin() -> Image.Image:
    """A patch of skin with a mole."""
    image = Image.new("RGB", (400, 300))
    pixels = [
        (214 - x // 12, 168 - y // 14, 140 + (x + y) // 30) for y in range(300) for x in range(400)
    ]
    image.putdata(pixels)
    draw = ImageDraw.Draw(image)
    draw.ellipse((165, 120, 225, 172), fill=(104, 62, 44))
    draw.ellipse((180, 128, 208, 156), fill=(78, 44, 32))
    return image.filter(ImageFilter.GaussianBlur(2))


def main() -> None:
    """Write the files."""
    OUT.mkdir(parents=True, exist_ok=True)
    xray().save(OUT / "chest-xray.png", optimize=True)
    ecg().save(OUT / "ecg.png", optimize=True)
    skin().save(OUT / "skin.jpg", quality=80)


if __name__ == "__main__":
    main()
