(() => {
  // Keys of handsets that can be pressed and whose middle, though on the screen, is something else's.
  const strip = document.querySelector("#ringing-now").getBoundingClientRect();
  const found = [];
  for (const key of document.querySelectorAll(".handset [data-verb]:enabled:not([hidden])")) {
    const at = key.getBoundingClientRect();
    const [x, y] = [at.x + at.width / 2, at.y + at.height / 2];
    // What is above or below the screen, the list of phones or the strip is scrolled away, and no trap.
    const list = (key.closest(".bench") ?? key.closest(".handsets")).getBoundingClientRect();
    if (y < Math.max(0, list.top, strip.bottom) || y > Math.min(innerHeight, list.bottom)) continue;
    const there = document.elementFromPoint(x, y);
    if (!key.contains(there)) found.push(`${key.ariaLabel} lies under ${there?.tagName} ${there?.className}`);
  }
  return found;
})()
