// Elements, scales and axes. Texts are set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
let named = 0;

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    node.append(child);
  }
  return node;
}

const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

const at = (number) => Math.round(number * 10) / 10;

// A chart with a title and a description for those who don't see it.
function chart(width, height, title, about, children) {
  const id = `chart-${named += 1}`;
  return svg("svg", { class: "chart", viewBox: `0 0 ${width} ${Math.round(height)}`, role: "img", "aria-labelledby": `${id}-t ${id}-d` },
    svg("title", { id: `${id}-t` }, title), svg("desc", { id: `${id}-d` }, about), children);
}

function text(kind, x, y, content) {
  return svg("text", { class: kind, x: at(x), y: at(y) }, content);
}

function line(kind, x1, y1, x2, y2) {
  return svg("line", { class: kind, x1: at(x1), y1: at(y1), x2: at(x2), y2: at(y2) });
}

// From values to paper; logarithmic only where the ends allow it.
function scale(low, high, from, to, logarithmic = false) {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) [low, high] = [0, 1];
  const log = logarithmic && low > 0;
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.01;
    [low, high] = log ? [low / 1.5, high * 1.5] : [low - room, high + room];
  }
  const share = (value) => log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  const place = (value) => {
    const found = share(value);
    return from + Math.min(1, Math.max(0, Number.isFinite(found) ? found : 0)) * (to - from);
  };
  return Object.assign(place, { low, high, log, from, to });
}

function ticks(scale, wanted) {
  const { low, high, log } = scale;
  const found = [];
  if (log && high / low >= 5) {
    const decades = Math.log10(high / low);
    const every = Math.max(1, Math.ceil(decades / wanted));
    const within = decades < 2.5 ? [1, 2, 5] : [1];
    for (let power = Math.floor(Math.log10(low) / every) * every; power <= Math.log10(high) && found.length < 100; power += every) {
      for (const factor of within) {
        const tick = factor * 10 ** power;
        if (tick >= low * 0.999999 && tick <= high * 1.000001) found.push(tick);
      }
    }
    return found;
  }
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  for (let place = Math.ceil(low / step); place * step <= high && found.length < 100; place += 1) found.push(place * step);
  return found;
}

// A horizontal axis: lines from `top` to `bottom`, labels that keep apart, and a title.
function axisX(scale, top, bottom, width, title, label, wanted = Math.max(3, width / 110)) {
  const parts = [];
  let free = -Infinity;
  for (const tick of ticks(scale, wanted)) {
    const x = scale(tick);
    parts.push(line("grid", x, top, x, bottom));
    const shown = label(tick);
    const half = 3.6 * shown.length;
    if (x - half < free) continue;
    parts.push(text("tick middle", Math.min(Math.max(x, half), width - half), bottom + 14, shown));
    free = x + half + 6;
  }
  parts.push(text("axis middle", (scale.from + scale.to) / 2, bottom + 31, title));
  return parts;
}

// A vertical axis: lines from `left` to `right`, labels at the left, the title above.
function axisY(scale, left, right, title, label, wanted = 4) {
  const parts = ticks(scale, wanted).map((tick) => {
    const y = scale(tick);
    return [line("grid", left, y, right, y), text("tick end", left - 6, y + 4, label(tick))];
  });
  return [parts, text("axis", 0, Math.min(scale.from, scale.to) - 9, title)];
}
