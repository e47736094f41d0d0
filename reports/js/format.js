// Figures in words, as the rest of warpmark writes them: 4 significant digits, an SI prefix, the unit.

const PREFIXES = [[1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "u"], [1e-9, "n"], [1e-12, "p"]];

function significant(value) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const rounded = Number(value.toExponential(3));
  const decimals = Math.min(12, Math.max(0, 3 - Math.floor(Math.log10(Math.abs(rounded)))));
  return rounded.toFixed(decimals);
}

function si(value, unit) {
  if (value === 0 || !Number.isFinite(value)) return `${value} ${unit}`.trim();
  const rounded = Number(value.toExponential(3));
  const [scale, prefix] = PREFIXES.find(([scale]) => Math.abs(rounded) >= scale) ?? [1e-12, "p"];
  return `${significant(rounded / scale)} ${prefix}${unit}`.trim();
}

// A value in a metric's unit, by the unit's name in the data.
function show(value, unit) {
  if (value === undefined || value === null) return "";
  switch (unit) {
    case "ns": return si(value * 1e-9, "s");
    case "bytes": return si(value, "B");
    case "joules": return si(value, "J");
    case "per-second": return si(value, "/s");
    case "MHz": return si(value * 1e6, "Hz");
    case "watts": return si(value, "W");
    case "ratio": return rough(value);
    default: return si(value, "");
  }
}

const percent = (share) => `${share > 0 ? "+" : ""}${significant(share * 100)} %`;
const rough = (share) => share * 100 < 9.95 ? `${(share * 100).toFixed(1)} %` : `${(share * 100).toFixed(0)} %`;
const money = (amount, currency) => `${significant(amount)} ${currency ?? ""}`.trim();
const count = (number, word) => number === 1 ? `1 ${word}` : `${number} ${word}s`;

// A tick's value without zeros that say nothing.
function brief(text) {
  const [digits, ...rest] = text.split(" ");
  const short = digits.includes(".") ? digits.replace(/0+$/, "").replace(/\.$/, "") : digits;
  return [short, ...rest].join(" ");
}

// A name of at most `most` characters: what is longer loses its middle.
function cut(name, most) {
  const all = Array.from(name);
  if (all.length <= most) return name;
  const head = Math.floor(most / 2);
  return `${all.slice(0, head).join("")}…${all.slice(all.length - (most - head - 1)).join("")}`;
}
