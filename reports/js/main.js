// What happens when the page is there.

let read;

// Does `then` when the data, which stand below the script, are there: at once, or as soon as the page is whole.
function whole(then) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", then, { once: true });
  else then();
}

// The page's data; read when first needed, which is not before the page is whole.
function data() {
  read ??= JSON.parse(document.getElementById("data").textContent);
  return read;
}

const THEMES = ["system", "light", "dark"];

function setUpTheme() {
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const stored = () => { try { return localStorage.getItem("warpmark-theme"); } catch { return null; } };
  const store = (theme) => { try { localStorage.setItem("warpmark-theme", theme); } catch { /* a page from disk may have no storage */ } };
  const apply = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  let theme = THEMES.includes(stored()) ? stored() : "system";
  apply(theme);
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    apply(theme);
    store(theme);
  });
}

// Draws the charts of `place`, once for each width that it has.
function draw(place) {
  if (place.dataset.drawn && !place.clientWidth) return;
  const width = Math.max(280, Math.min(1100, place.clientWidth || 700));
  if (place.dataset.drawn === String(width)) return;
  place.dataset.drawn = width;
  const { cases, ceilings, telemetry } = data();
  const parts = place.dataset.draw === "roofline"
    ? [rooflineChart(cases, ceilings, width), bytesChart(cases, ceilings, width)]
    : telemetry.filter((one) => one.readings.length > 0).map((one) => telemetryChart(one, width));
  const known = parts.filter((part) => part);
  place.replaceChildren(...(known.length ? known : [el("p", {}, "There is nothing to draw.")]));
}

function setUpDrawing() {
  const places = Array.from(document.querySelectorAll("[data-draw]"));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      whole(() => draw(entry.target));
    }
  }, { rootMargin: "300px" });
  places.forEach((place) => seen.observe(place));
  window.addEventListener("resize", () => places.filter((place) => place.dataset.drawn).forEach(draw));
  window.addEventListener("beforeprint", () => {
    if (document.documentElement.dataset.alone) return;
    places.forEach(draw);
    if (rows.length <= 60) rows.forEach((one) => open(one, true));
    document.querySelectorAll("details").forEach((part) => { part.open = true; });
  });
}

function setUpGoals() {
  document.getElementById("alone")?.addEventListener("click", () => {
    alone(!document.documentElement.dataset.alone);
    remember();
  });
  document.getElementById("print-goals")?.addEventListener("click", () => {
    const before = Boolean(document.documentElement.dataset.alone);
    alone(true);
    window.print();
    alone(before);
  });
}

document.documentElement.dataset.script = "on";
setUpTheme();
setUpTable();
setUpGoals();
filter();
follow();
setUpDrawing();
document.documentElement.dataset.ready = String(performance.now());
