// Measures drawn figures; runs in the browser of a test.
"use strict";

/** Returns one line for each text that is cut or overlaps another. */
globalThis.badText = () => {
  const found = [];
  for (const figure of document.querySelectorAll("figure")) {
    const svg = figure.querySelector("svg");
    if (svg === null) continue;
    const name = figure.getAttribute("data-figure") ?? "";
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].flatMap((text) => {
      const box = text.getBoundingClientRect();
      return text.textContent.trim() === "" || box.width === 0 ? [] : [{ text, box }];
    });
    for (const { text, box } of texts) {
      const out = Math.max(frame.left - box.left, box.right - frame.right, frame.top - box.top, box.bottom - frame.bottom); // prettier-ignore
      if (out > 0.75) found.push(`${name}: "${text.textContent}" is cut by ${out.toFixed(1)} px`);
    }
    // Boxes of slanted texts overlap where the texts do not.
    const level = texts.filter(({ text }) => !/rotate\(-?[1-9]/.test(text.outerHTML.slice(0, 300)));
    level.forEach(({ text, box }, i) => {
      for (const { text: other, box: next } of level.slice(i + 1)) {
        const across = Math.min(box.right, next.right) - Math.max(box.left, next.left);
        const down = Math.min(box.bottom, next.bottom) - Math.max(box.top, next.top);
        if (across > 1.5 && down > 4)
          found.push(`${name}: "${text.textContent}" overlaps "${other.textContent}" (${across.toFixed(0)} x ${down.toFixed(0)} px)`); // prettier-ignore
      }
    });
  }
  return found;
};

/** Returns where the dots and intervals of each figure lie, in values of its x axis. */
globalThis.axisMarks = () =>
  [...document.querySelectorAll("figure")].map((figure) => {
    const middle = (one) => {
      const { left, right } = one.getBoundingClientRect();
      return (left + right) / 2;
    };
    const value = (text) => Number(text.replace("−", "-"));
    const labels = [...figure.querySelectorAll("svg text")].filter((text) => /^[−-]?[0-9.]+$/.test(text.textContent));
    const bottom = Math.max(...labels.map((text) => text.getBoundingClientRect().top));
    const ticks = labels.filter((text) => bottom - text.getBoundingClientRect().top < 3);
    const [first, last] = [ticks[0], ticks.at(-1)];
    const scale = (value(last.textContent) - value(first.textContent)) / (middle(last) - middle(first));
    const at = (x) => value(first.textContent) + (x - middle(first)) * scale;
    const rules = [...figure.querySelectorAll("svg line")].map((line) => line.getBoundingClientRect());
    const widest = rules.reduce((a, b) => (b.width > a.width ? b : a));
    const titled = (selector) => [...figure.querySelectorAll(selector)].filter((one) => one.querySelector("title"));
    return {
      name: figure.getAttribute("data-figure") ?? "",
      low: at(widest.left),
      high: at(widest.right),
      dots: titled("svg circle").map((dot) => at(middle(dot))),
      intervals: titled("svg path:not([transform*=rotate])").flatMap((line) => {
        const ends = /\[([^,]+), ([^\]]+)\]/.exec(line.querySelector("title").textContent);
        return ends === null ? [] : [{ low: value(ends[1]), high: value(ends[2]) }];
      }),
      arrows: figure.querySelectorAll("svg path[transform*=rotate]").length,
    };
  });
