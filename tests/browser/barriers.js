(() => {
  // What keeps people out, as sentences. Evaluated in the page; returns an array.
  const found = [];
  const visible = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const where = (node) => `${node.tagName.toLowerCase()}#${node.id}.${node.className?.baseVal ?? node.className}`;

  const named = (node) => {
    const by = (node.getAttribute("aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
    const texts = [
      node.getAttribute("aria-label"),
      ...by.map((id) => document.getElementById(id)?.textContent),
      ...Array.from(node.labels ?? [], (label) => label.textContent),
      node.matches("input, select") ? "" : node.textContent,
    ];
    return texts.some((text) => text?.trim());
  };
  const controls = "button, input, select, summary, a[href], dialog[open], section, [role=listbox], [role=combobox]";
  for (const node of document.querySelectorAll(controls)) {
    if (visible(node) && !named(node)) found.push(`no name: ${where(node)}`);
  }

  const ids = Array.from(document.querySelectorAll("[id]"), (node) => node.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) found.push(`double id: ${id}`);
  for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant", "for"]) {
    for (const node of document.querySelectorAll(`[${attribute}]`)) {
      for (const id of node.getAttribute(attribute).split(/\s+/)) {
        if (!document.getElementById(id)) found.push(`${attribute} of ${where(node)} points nowhere: ${id}`);
      }
    }
  }
  if (!document.documentElement.lang || !document.title) found.push("no language or no title");
  if (document.querySelectorAll("h1").length !== 1) found.push("not exactly one h1");
  if (document.documentElement.scrollWidth > innerWidth) found.push(`wider than the screen: ${document.documentElement.scrollWidth}`);

  const numbers = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  for (const node of document.querySelectorAll("body *")) {
    const speaks = Array.from(node.childNodes).some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    if (!speaks || !visible(node) || node.closest(":disabled, .unseen, svg, noscript")) continue;
    const [one, other] = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(2)}: ${where(node)} ${node.textContent.slice(0, 30)}`);
  }
  return found;
})()
