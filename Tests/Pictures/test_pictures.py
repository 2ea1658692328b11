"""The report in a real browser, compared with kept pictures: narrow and wide, light and dark, and printed.

SPILLWAY_PROGRAM names the program. SPILLWAY_REMAKE=1 keeps the new pictures instead of comparing; look at them then.
Letters are drawn with one font, so that machines with other fonts see the same.
"""

import functools
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

try:
    from PIL import Image, ImageChops
except ImportError as missing:
    raise unittest.SkipTest(f"Pillow is not there: {missing}")

HERE = pathlib.Path(__file__).parent
KEPT = HERE / "kept"
PROGRAM = os.environ.get("SPILLWAY_PROGRAM", "spillway")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FONTS = pathlib.Path("/usr/share/fonts/truetype/dejavu")
# Pictures are as tall as this, less what is empty below.
TALLEST = 10_000

# A pixel differs when a colour of it is off by more than this, of 255: smoothed edges of letters are not told.
SAME_COLOUR = 40
# How many pixels may differ of a picture, and of any tile of it. The same browser differs in none; another may smooth
# letters in another way. A curve, a word or a colour that changes is more of some tile.
SHARE_OF_PICTURE = 0.002
SHARE_OF_TILE = 0.04
TILE = 80

# Charts come to life when they are first in view, which a browser that only takes a picture may never say: here at once.
AT_ONCE = """<script>window.IntersectionObserver = class {
  constructor(seen) { this.seen = seen; }
  observe(target) { if (target.offsetParent) this.seen([{ isIntersecting: true, target }]); }
  unobserve() {}
};</script>"""


def differing(one, other):
    """The share of pixels that differ, of the whole and of the worst tile."""
    if one.size != other.size:
        return 1.0, 1.0
    off = ImageChops.difference(one, other).split()
    worst = functools.reduce(ImageChops.lighter, off).point(lambda level: 255 if level > SAME_COLOUR else 0)
    width, height = one.size
    # Each pixel of the reduced picture is the mean of a tile.
    tiles = worst.reduce(TILE)
    return worst.histogram()[255] / (width * height), max(tiles.getdata()) / 255


@unittest.skipUnless(BROWSER, "no Chromium on the PATH")
@unittest.skipUnless(FONTS.is_dir(), "no DejaVu fonts (Debian: fonts-dejavu-core)")
class PictureTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="spillway-pictures-")
        cls.addClassCleanup(folder.cleanup)
        cls.place = pathlib.Path(folder.name)
        (cls.place / "fonts.conf").write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f"<dir>{FONTS}</dir><cachedir>{cls.place}/fonts</cachedir>"
            "<selectfont><rejectfont><glob>*Serif*</glob><glob>*Condensed*</glob><glob>*Math*</glob></rejectfont></selectfont>"
            "</fontconfig>")
        # By its name alone, which the page shows.
        shutil.copy(HERE / "report.yaml", cls.place)
        cls.spillway("report", "report.yaml", "--output", "run.html", "--quiet")
        cls.spillway(
            "report", "report.yaml", "--sweep", "--store", "store.sqlite", "--pareto", "p99_ttft_ms,output_throughput",
            "--output", "sweep.html", "--quiet")

    @classmethod
    def spillway(cls, *arguments):
        subprocess.run([PROGRAM, *arguments], cwd=cls.place, check=True)

    def browse(self, *options):
        subprocess.run(
            [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
             f"--user-data-dir={self.place}/profile", "--virtual-time-budget=5000", *options],
            env=os.environ | {"FONTCONFIG_FILE": str(self.place / "fonts.conf")}, cwd=self.place, check=True,
            timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def screenshot(self, page, width, dark):
        # A frame is as narrow as is asked; windows of browsers are not.
        frame = self.place / "frame.html"
        (self.place / "alive.html").write_text((self.place / page).read_text().replace("<body>", "<body>" + AT_ONCE, 1))
        frame.write_text(
            f'<body style="margin: 0"><iframe src="alive.html" width="{width}" height="{TALLEST}" style="border: 0"></iframe>')
        self.browse(
            f"--window-size={max(600, width)},{TALLEST}", f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            "--screenshot=shot.png", f"file://{frame}")
        shot = Image.open(self.place / "shot.png").convert("RGB").crop((0, 0, width, TALLEST))
        ground = Image.new("RGB", shot.size, shot.getpixel((width - 1, TALLEST - 1)))
        bottom = ImageChops.difference(shot, ground).getbbox()[3]
        self.assertLess(bottom, TALLEST - 50, "the page is taller than its picture")
        shot = shot.crop((0, 0, width, bottom // 10 * 10 + 20))
        return shot.reduce(2) if width > 1_000 else shot

    def compare(self, name, picture):
        path = KEPT / f"{name}.png"
        # Kept with few colours; what is compared has gone the same way.
        picture = picture.quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        if os.environ.get("SPILLWAY_REMAKE"):
            KEPT.mkdir(exist_ok=True)
            picture.save(path, optimize=True)
            return
        whole, tile = differing(Image.open(path).convert("RGB"), picture.convert("RGB"))
        if whole > SHARE_OF_PICTURE or tile > SHARE_OF_TILE:
            seen = pathlib.Path(os.environ.get("SPILLWAY_PICTURES", tempfile.gettempdir())) / f"{name}.png"
            picture.save(seen)
            self.fail(
                f"{name}: {whole:.2%} of the pixels differ, {tile:.0%} of a tile; what was seen is {seen}; "
                "'make pictures' keeps it")

    def test_of_a_run(self):
        self.compare("run-400-light", self.screenshot("run.html", 400, dark=False))
        self.compare("run-1600-dark", self.screenshot("run.html", 1_600, dark=True))

    def test_of_a_sweep(self):
        self.compare("sweep-400-dark", self.screenshot("sweep.html", 400, dark=True))
        self.compare("sweep-1600-light", self.screenshot("sweep.html", 1_600, dark=False))

    @unittest.skipUnless(shutil.which("pdftoppm"), "no pdftoppm (Debian: poppler-utils)")
    def test_printed(self):
        for page in ("run", "sweep"):
            self.browse("--no-pdf-header-footer", f"--print-to-pdf={page}.pdf", f"file://{self.place}/{page}.html")
            # Dark screens print on white paper.
            subprocess.run(["pdftoppm", "-r", "50", "-l", "4", "-png", f"{page}.pdf", f"{page}-page"], cwd=self.place, check=True)
            pages = [Image.open(path).convert("RGB") for path in sorted(self.place.glob(f"{page}-page-*.png"))]
            self.assertEqual(pages[0].getpixel((2, 2)), (255, 255, 255))
            width, height = pages[0].size
            sheet = Image.new("RGB", (width * len(pages), height), "white")
            for index, picture in enumerate(pages):
                sheet.paste(picture, (index * width, 0))
            self.compare(f"{page}-print", sheet)

    def test_what_would_be_told(self):
        """The comparison tells a curve of another colour, a missing word, a moved chart, and dark from light."""
        kept = Image.open(KEPT / "run-400-light.png").convert("RGB")
        self.assertEqual(differing(kept, kept), (0.0, 0.0))
        for change in (self.recoloured, self.without_a_word, self.moved, ImageChops.invert):
            whole, tile = differing(kept, change(kept))
            self.assertTrue(whole > SHARE_OF_PICTURE or tile > SHARE_OF_TILE, f"{change}: {whole}, {tile}")

    @staticmethod
    def charts(picture):
        return picture.height // 2

    def recoloured(self, picture):
        """The second half, charts, with red and blue in each other's place."""
        top = self.charts(picture)
        red, green, blue = picture.crop((0, top, picture.width, picture.height)).split()
        changed = picture.copy()
        changed.paste(Image.merge("RGB", (blue, green, red)), (0, top))
        return changed

    def without_a_word(self, picture):
        changed = picture.copy()
        changed.paste((255, 255, 255), (0, 20, 200, 60))
        return changed

    def moved(self, picture):
        top = self.charts(picture)
        changed = picture.copy()
        changed.paste(picture.crop((0, top, picture.width, picture.height - 4)), (0, top + 4))
        return changed


if __name__ == "__main__":
    unittest.main()
