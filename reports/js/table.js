// The table of cases: sorted by headings, filtered by name, verdict and outcome, cases opened. The state stands in the address.

const WORSE = ["regressed", "regressed-spread", "crept"];
const UNCLEAR = ["suspect", "incomparable", "missing"];
// Choices of the filter of verdicts that mean several.
const GROUPS = { worse: new Set(WORSE), unclear: new Set(UNCLEAR), attention: new Set(["failed", ...WORSE, ...UNCLEAR]) };
const body = document.querySelector("#table tbody");
const rows = Array.from(body.rows, (row, index) => ({ row, index, verdict: row.dataset.v, outcome: row.dataset.o, name: (row.dataset.id ?? row.cells[0].firstChild.textContent).toLowerCase(), detail: undefined }));
const headings = Array.from(document.querySelectorAll("#table thead th"));
const field = { q: document.getElementById("q"), v: document.getElementById("v"), o: document.getElementById("o") };
const sorting = { column: -1, descending: false };

function filter() {
  const words = field.q.value.toLowerCase().split(/\s+/).filter((word) => word);
  const [verdict, outcome] = [field.v.value, field.o.value];
  let shown = 0;
  for (const one of rows) {
    const fits = (!outcome || one.outcome === outcome) &&
      (!verdict || (GROUPS[verdict] ? GROUPS[verdict].has(one.verdict) : one.verdict === verdict)) &&
      words.every((word) => one.name.includes(word));
    one.row.hidden = !fits;
    if (one.detail) one.detail.hidden = !fits || !one.open;
    shown += fits;
  }
  document.getElementById("shown").textContent = shown === rows.length ? count(shown, "case") : `${shown} of ${count(rows.length, "case")}`;
  document.getElementById("none").hidden = shown > 0;
}

function key(one, column) {
  const cell = one.row.cells[column];
  if (headings[column].dataset.sort === "text") return one.name;
  return cell.dataset.k ? Number(cell.dataset.k) : undefined;
}

const compare = (a, b) => typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;

function sort() {
  const { column, descending } = sorting;
  let order = rows;
  if (column >= 0) {
    const keyed = rows.map((one) => [one, key(one, column)]);
    // What has no figure stands last in either direction.
    const known = keyed.filter(([, value]) => value !== undefined).sort((a, b) => (descending ? -1 : 1) * compare(a[1], b[1]) || a[0].index - b[0].index);
    order = [...known, ...keyed.filter(([, value]) => value === undefined)].map(([one]) => one);
  }
  headings.forEach((heading, index) => {
    if (!heading.dataset.sort) return;
    heading.setAttribute("aria-sort", index !== column ? "none" : descending ? "descending" : "ascending");
  });
  body.append(...order.flatMap((one) => one.detail ? [one.row, one.detail] : [one.row]));
}

function sortBy(column) {
  if (sorting.column !== column) Object.assign(sorting, { column, descending: false });
  else if (!sorting.descending) sorting.descending = true;
  else Object.assign(sorting, { column: -1, descending: false });
  sort();
  remember();
}

function fillIn(one, cell) {
  const { clientWidth } = document.querySelector("#cases .scroll");
  try {
    cell.append(detail(data().cases[one.index], data(), clientWidth));
  } catch (error) {
    cell.append(el("p", {}, `The details can't be shown: ${error.message}`));
    console.error(error);
  }
}

// Columns that are shown: narrow screens have fewer.
const columns = () => headings.filter((heading) => heading.offsetParent !== null).length || headings.length;

function open(one, wanted) {
  const button = one.row.querySelector(".open");
  one.open = wanted;
  button.setAttribute("aria-expanded", String(wanted));
  if (wanted && !one.detail) {
    const cell = el("td", { colspan: columns() });
    one.detail = el("tr", { class: "detail", id: `d${one.index}` }, cell);
    one.row.after(one.detail);
    whole(() => fillIn(one, cell));
  }
  if (one.detail) one.detail.hidden = !wanted;
}

const STATE = ["q", "v", "o"];

// Puts filters and order into the address, so that it can be kept and sent.
function remember() {
  const state = new URLSearchParams();
  for (const name of STATE) if (field[name].value) state.set(name, field[name].value);
  if (sorting.column >= 0) state.set("sort", `${sorting.descending ? "-" : ""}${sorting.column}`);
  if (document.documentElement.dataset.alone) state.set("alone", document.documentElement.dataset.alone);
  history.replaceState(null, "", `${location.pathname}${location.search}${state.size ? `#${state}` : ""}`);
}

// Follows the address: a case to open, or filters and order.
function follow() {
  const place = location.hash.slice(1);
  const named = /^c(\d+)$/.exec(place);
  if (named && rows[Number(named[1])]) {
    const one = rows[Number(named[1])];
    if (one.row.hidden) clear();
    open(one, true);
    one.row.scrollIntoView({ block: "start" });
    one.row.querySelector(".open").focus({ preventScroll: true });
    return;
  }
  if (!place.includes("=")) return;
  const state = new URLSearchParams(place);
  for (const name of STATE) field[name].value = state.get(name) ?? "";
  for (const name of ["v", "o"]) if (field[name].selectedIndex < 0) field[name].value = "";
  const found = /^(-?)(\d{1,2})$/.exec(state.get("sort") ?? "");
  const column = found && headings[Number(found[2])]?.dataset.sort ? Number(found[2]) : -1;
  Object.assign(sorting, { column, descending: found?.[1] === "-" });
  alone(state.get("alone") === "goals");
  filter();
  sort();
  if (STATE.some((name) => state.get(name))) document.getElementById("cases").scrollIntoView();
}

function clear() {
  for (const name of STATE) field[name].value = "";
  filter();
  remember();
}

function alone(wanted) {
  const button = document.getElementById("alone");
  if (!button) return;
  if (wanted) document.documentElement.dataset.alone = "goals";
  else delete document.documentElement.dataset.alone;
  button.setAttribute("aria-pressed", String(wanted));
  button.textContent = wanted ? "Show the whole report" : "Show this part alone";
}

function setUpTable() {
  for (const one of rows) {
    const cell = one.row.cells[0];
    const button = el("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": `d${one.index}` });
    button.append(cell.firstChild);
    cell.prepend(button);
  }
  body.addEventListener("click", (event) => {
    const button = event.target.closest(".open");
    if (!button) return;
    const one = rows[Number(button.closest("tr").id.slice(1))];
    open(one, !one.open);
  });
  headings.forEach((heading, column) => {
    if (!heading.dataset.sort) return;
    const button = el("button", { type: "button" }, heading.textContent);
    heading.replaceChildren(button);
    heading.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sortBy(column));
  });
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const control of Object.values(field)) control.addEventListener("input", () => { filter(); remember(); });
  document.getElementById("clear").addEventListener("click", clear);
  window.addEventListener("hashchange", follow);
  window.addEventListener("resize", () => {
    for (const cell of document.querySelectorAll("tr.detail > td")) cell.colSpan = columns();
  });
}
