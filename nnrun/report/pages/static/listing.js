"use strict";
// A list of thousands of runs, of which only the rows that are seen are in the page.
const ROW = 37, SPARE = 12, END = 14;

class Listing {
  constructor(host, data) {
    Object.assign(this, { host, ticked: new Set(), column: -1, falling: false });
    this.head = host.querySelector("thead");
    this.body = host.querySelector("tbody");
    this.tools = document.querySelector("[data-list-tools]");
    this.input = this.tools.querySelector("input");
    this.input.addEventListener("input", () => this.choose());
    this.button = this.tools.querySelector("[data-compare]");
    this.button.addEventListener("click", () => this.compare());
    host.addEventListener("scroll", () => requestAnimationFrame(() => this.draw()));
    new ResizeObserver(() => this.draw()).observe(host);
    this.take(data);
    setInterval(() => this.ask(), 2000);
  }

  take(data) {
    this.data = data;
    this.headings();
    this.choose();
  }

  async ask() {
    if (document.hidden) return;
    const answer = await fetch(`runs?stamp=${this.data.stamp}`).catch(() => null);
    if (answer && answer.status === 200) this.take(await answer.json());
  }

  headings() {
    const row = element("tr");
    row.append(element("th", { scope: "col" }, ""));
    this.data.columns.forEach((name, place) => {
      const heading = element("th", { scope: "col", class: `is-${name}` }), button = element("button", { type: "button" }, name);
      if (place === this.column) heading.setAttribute("aria-sort", this.falling ? "descending" : "ascending");
      button.addEventListener("click", () => this.sort(place));
      heading.append(button);
      row.append(heading);
    });
    this.head.replaceChildren(row);
  }

  sort(place) {
    this.falling = place === this.column ? !this.falling : false;
    this.column = place;
    this.headings();
    this.choose();
  }

  choose() {
    const words = this.input.value.split(/\s+/).filter(Boolean), tests = words.map(word => this.condition(word));
    this.shown = this.data.rows.filter(row => tests.every(test => test(row)));
    if (this.column >= 0) {
      const key = row => textKey(row[this.column + 1]), sign = this.falling ? -1 : 1;
      const keyed = this.shown.map(row => [key(row), row]);
      keyed.sort(([one], [other]) => one.none || other.none ? compareCells(one, other) : sign * compareCells(one, other));
      this.shown = keyed.map(([, row]) => row);
    }
    const many = this.data.rows.length.toLocaleString("en");
    this.tools.querySelector("output").textContent = `${this.shown.length.toLocaleString("en")} of ${many}`;
    this.draw();
  }

  condition(word) {
    const found = word.match(/^(\w+)(<=|>=|!=|=|<|>)(.*)$/), place = found ? this.data.columns.indexOf(found[1]) : -1;
    if (place < 0) return row => row.some(text => text.toLowerCase().includes(word.toLowerCase()));
    return row => holds(textKey(row[place + 1]), found[2], found[3]);
  }

  draw() {
    const first = Math.max(0, Math.floor(this.host.scrollTop / ROW) - SPARE);
    const last = Math.min(this.shown.length, first + Math.ceil(this.host.clientHeight / ROW) + 2 * SPARE);
    const rows = this.shown.slice(first, last).map(row => this.row(row));
    this.body.replaceChildren(this.space(first), ...rows, this.space(this.shown.length - last));
    this.host.querySelector("table").setAttribute("aria-rowcount", this.shown.length);
  }

  space(rows) {
    const row = element("tr", { "aria-hidden": "true", class: "space" }), cell = element("td", { colspan: this.data.columns.length + 1 });
    cell.style.height = `${rows * ROW}px`;
    row.append(cell);
    return row;
  }

  row([place, name, ...cells]) {
    const row = element("tr"), tick = element("input", { type: "checkbox", "aria-label": `compare ${name}` });
    tick.checked = this.ticked.has(place);
    tick.addEventListener("change", () => this.tick(place, tick.checked));
    const ticked = element("td"), named = element("th", { scope: "row", title: name });
    ticked.append(tick);
    named.append(this.link(place, name));
    const others = cells.map((text, column) => element("td", { class: `is-${this.data.columns[column + 1]}`, title: text }, text));
    row.append(ticked, named, ...others);
    return row;
  }

  // A name that has no room loses letters before its end, by which folders of the same day differ.
  link(place, name) {
    const link = element("a", { class: "named", href: `show?run=${encodeURIComponent(place)}` });
    link.append(element("span", {}, name.slice(0, -END)), element("span", {}, name.slice(-END)));
    return link;
  }

  tick(place, on) {
    if (on) this.ticked.add(place);
    else this.ticked.delete(place);
    this.button.disabled = !this.ticked.size;
  }

  compare() {
    location.href = `compare?${Array.from(this.ticked, place => "run=" + encodeURIComponent(place)).join("&")}`;
  }
}

function showListing(data) {
  const host = document.querySelector("[data-listing]");
  if (host) new Listing(host, data);
}
