"use strict";
// Tables that are sorted by a click on a heading, and filtered by what is typed.
function textKey(text) {
  const number = parseFloat(text.replace(/,/g, ""));
  return { text, number, none: text === "" || text === "–" };
}

function sortKey(cell) {
  return textKey(cell.textContent.trim());
}

function compareCells(one, other) {
  if (one.none || other.none) return one.none - other.none;
  const numbers = !isNaN(one.number) && !isNaN(other.number);
  return numbers ? one.number - other.number : one.text.localeCompare(other.text, "en", { numeric: true });
}

function sortBy(table, heading, place) {
  const falling = heading.getAttribute("aria-sort") === "ascending", body = table.tBodies[0];
  const rows = Array.from(body.rows, row => [sortKey(row.cells[place]), row]);
  rows.sort(([one], [other]) => one.none || other.none || !falling ? compareCells(one, other) : compareCells(other, one));
  table.querySelectorAll("th[aria-sort]").forEach(other => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
  body.append(...rows.map(([, row]) => row));
}

// By which headings tables are sorted, so that those in their place can be.
function sortedBy(part) {
  return Array.from(part.querySelectorAll("table[data-sortable]"), table => {
    const cells = Array.from(table.tHead.rows[0].cells), place = cells.findIndex(cell => cell.hasAttribute("aria-sort"));
    return [place, cells[place]?.getAttribute("aria-sort")];
  });
}

function sortAgain(part, sorted) {
  part.querySelectorAll("table[data-sortable]").forEach((table, number) => {
    const [place, way] = sorted[number] || [-1], heading = table.tHead.rows[0].cells[place];
    if (heading) sortBy(table, heading, place);
    if (heading && way === "descending") sortBy(table, heading, place);
  });
}

function makeSortable(table) {
  Array.from(table.tHead.rows[0].cells).forEach((heading, place) => {
    const button = element("button", { type: "button" }, heading.textContent);
    heading.replaceChildren(button);
    button.addEventListener("click", () => sortBy(table, heading, place));
  });
}

// One condition is a word that stands somewhere, or a column with a bound: lr<0.01, optimizer=adam.
function conditionOf(word, headings) {
  const found = word.match(/^(.+?)(<=|>=|!=|=|<|>)(.*)$/);
  if (!found) return row => row.textContent.toLowerCase().includes(word.toLowerCase());
  const [, name, relation, value] = found;
  const place = headings.findIndex(heading => heading === name || heading.endsWith("." + name));
  if (place < 0) return null;
  return row => holds(sortKey(row.cells[place]), relation, value);
}

function holds(key, relation, value) {
  const bound = parseFloat(value);
  if (relation === "=") return key.text === value || key.number === bound;
  if (relation === "!=") return key.text !== value && key.number !== bound;
  if (relation.endsWith("=") && key.number === bound) return true;
  return relation[0] === "<" ? key.number < bound : key.number > bound;
}

function filterTable(table, text, output) {
  const headings = Array.from(table.tHead.rows[0].cells, cell => cell.textContent.trim());
  const words = text.split(/\s+/).filter(Boolean), tests = words.map(word => conditionOf(word, headings));
  const unknown = words.filter((_, place) => !tests[place]);
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const brushed = !kept || kept.has(+row.dataset.row);
    row.hidden = !brushed || !tests.every(test => !test || test(row));
    shown += !row.hidden;
  }
  const many = table.tBodies[0].rows.length;
  output.textContent = unknown.length ? `no column for ${unknown.join(", ")}` : `${shown.toLocaleString("en")} of ${many.toLocaleString("en")} rows`;
}

// What the lines through all settings leave; all where nothing is brushed.
let kept = null;
const filters = [];

function keepMembers(members) {
  kept = members;
  filters.forEach(apply => apply());
}

function useTables(part) {
  part.querySelectorAll("table[data-sortable]").forEach(makeSortable);
  for (const tools of part.querySelectorAll("[data-filters]")) {
    const table = document.getElementById(tools.dataset.filters), input = tools.querySelector("input");
    const apply = () => filterTable(table, input.value, tools.querySelector("output"));
    input.addEventListener("input", apply);
    filters.push(apply);
    apply();
  }
}
