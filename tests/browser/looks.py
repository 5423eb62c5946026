"""What is measured of every scene: how big targets are, and whether it fits zoomed and mirrored."""

from playwright.sync_api import Page

# WCAG 2.2, 2.5.8. A link within a sentence is as high as its line.
SMALL_TARGETS = """
() => {
  // The bars of a chart are as wide as an hour is; their numbers stand in the table below it.
  const wanted =
    "a[href]:not(.chart-link), button, input:not([type=hidden]), select, textarea, summary";
  const small = [];
  for (const element of document.querySelectorAll(wanted)) {
    const style = getComputedStyle(element);
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const inSentence = style.display === "inline" && element.tagName === "A" &&
      element.parentElement.textContent.trim() !== element.textContent.trim();
    if (inSentence) continue;
    const area = element.type === "checkbox" ? element.closest("label") ?? element : element;
    const { width, height } = area.getBoundingClientRect();
    if (width < 24 || height < 24) {
      small.push(`${element.outerHTML.slice(0, 120)} is ${width} x ${height}`);
    }
  }
  return small;
}
"""
# What reaches over the edge, for a message that helps.
OVER_THE_EDGE = """
() => [...document.querySelectorAll("main *, header *")]
  .filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return left < -1 || right > innerWidth + 1;
  })
  .slice(0, 3)
  .map((element) => element.outerHTML.slice(0, 120))
"""


def look_at_targets(name: str, page: Page) -> list[str]:
    return [f"{name}: {target}" for target in page.evaluate(SMALL_TARGETS)]


def look_zoomed(name: str, page: Page) -> list[str]:
    """With text twice as big on a laptop's half (WCAG 1.4.4)."""
    page.set_viewport_size({"width": 640, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found = _overflow(f"{name}, text at 200 %", page)
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


def look_mirrored(name: str, page: Page) -> list[str]:
    """As in a language that is written from right to left."""
    page.evaluate("document.documentElement.dir = 'rtl'")
    found = []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        found += _overflow(f"{name}, from right to left, {width} px", page)
    page.evaluate("document.documentElement.dir = ''")
    return found


def _overflow(where: str, page: Page) -> list[str]:
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    if wide <= screen:
        return []
    return [f"{where}: {wide} px wide on {screen}: {page.evaluate(OVER_THE_EDGE)}"]
