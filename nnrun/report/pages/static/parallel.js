"use strict";
// Members as lines across an axis for each setting; a brush on an axis keeps those that cross it there.
const HIGH = 380, ABOVE = 34, BELOW = 26, ASIDE = 46, STEP = 0.1;

function inBand(share, [low, high]) {
  return share >= low - 1e-6 && share <= high + 1e-6;
}

class Parallel {
  constructor(host, told, changed) {
    Object.assign(this, { host, told, changed, brushes: told.axes.map(() => null), spoken: told.axes.map(axis => new Map(axis.spoken)) });
    this.svg = element("svg", { role: "group", "aria-label": `${told.lines.length} members as lines across ${told.axes.length} axes` });
    this.reading = element("p", { class: "reading", "aria-live": "polite" });
    host.append(this.svg, this.reading);
    new ResizeObserver(() => this.draw()).observe(host);
  }

  x(axis) {
    const width = Math.max(this.host.clientWidth, 260) - 2 * ASIDE;
    return ASIDE + axis * width / Math.max(1, this.told.axes.length - 1);
  }

  y(share) {
    return HIGH - BELOW - share * (HIGH - ABOVE - BELOW);
  }

  share(event) {
    const box = this.svg.getBoundingClientRect();
    return Math.min(1, Math.max(0, (HIGH - BELOW - (event.clientY - box.top)) / (HIGH - ABOVE - BELOW)));
  }

  // The better a member is, the darker is its line.
  strength(place) {
    const rank = this.told.better > 0 ? this.told.lines[place].at(-1) : 1 - this.told.lines[place].at(-1);
    return 0.15 + 0.65 * rank ** 2;
  }

  draw() {
    if (this.width === this.host.clientWidth) return;
    this.width = this.host.clientWidth;
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", `0 0 ${Math.max(this.width, 260)} ${HIGH}`);  // for paper, which is narrower
    this.paths = this.told.lines.map((shares, place) => this.line(shares, place));
    this.told.best.forEach(place => this.svg.append(this.paths[place]));
    this.told.axes.forEach((axis, place) => this.axis(axis, place));
    this.mark();
  }

  line(shares, place) {
    const points = shares.map((share, axis) => `${this.x(axis).toFixed(1)} ${this.y(share).toFixed(1)}`);
    const path = element("path", { d: "M" + points.join("L") });
    path.addEventListener("pointerenter", () => { this.reading.textContent = this.told.told[place]; });
    this.svg.append(path);
    return path;
  }

  axis(axis, place) {
    const x = this.x(place), last = place === this.told.axes.length - 1 && place > 0;
    const room = place ? x - this.x(place - 1) : 2 * ASIDE, most = Math.max(4, Math.floor(Math.min(room, 150) / 7));
    const short = axis.name.split(".").pop(), name = short.length > most ? short.slice(0, most - 1) + "…" : short;
    this.svg.append(element("line", { class: "pole", x1: x, x2: x, y1: this.y(0), y2: this.y(1) }));
    const lower = place % 2 && room < 110 ? 14 : 0;
    const end = last ? { x: x + ASIDE, "text-anchor": "end" } : { x, "text-anchor": "middle" };
    const title = element("text", { class: "title", y: ABOVE - 26 + lower + 8, ...end }, name);
    title.append(element("title", {}, axis.name));
    this.svg.append(title);
    for (const [share, text] of axis.ticks) {
      const fitting = text.length > 9 ? text.slice(0, 8) + "…" : text;
      this.svg.append(element("text", { x: last ? x + 6 : x - 6, y: this.y(share) + 4, "text-anchor": last ? "start" : "end" }, fitting));
    }
    this.brush(place, x);
  }

  brush(place, x) {
    const hold = element("rect", { class: "hold", tabindex: 0, role: "slider", "aria-orientation": "vertical", "aria-label": `${this.told.axes[place].name}: arrows move a band, with shift they widen it, escape lets all in`, "aria-valuemin": 0, "aria-valuemax": 100, x: x - 12, width: 24, y: this.y(1) - 6, height: this.y(0) - this.y(1) + 12 });
    const shown = element("rect", { class: "brush", x: x - 6, width: 12, y: 0, height: 0 });
    hold.addEventListener("pointerdown", event => {
      const start = this.share(event);
      hold.setPointerCapture(event.pointerId);
      const move = moved => {
        const end = this.share(moved), apart = Math.abs(end - start);
        this.brushes[place] = apart < 0.01 ? null : [Math.min(start, end), Math.max(start, end)];
        this.mark();
      };
      hold.addEventListener("pointermove", move);
      hold.addEventListener("pointerup", ended => {
        move(ended);
        hold.removeEventListener("pointermove", move);
      }, { once: true });
    });
    hold.addEventListener("keydown", event => this.byKey(event, place));
    (this.shown ||= [])[place] = shown;
    (this.holds ||= [])[place] = hold;
    this.svg.append(shown, hold);
  }

  // Arrows move the band of an axis, or widen it with shift; escape takes it away.
  byKey(event, place) {
    const way = { ArrowUp: STEP, ArrowDown: -STEP }[event.key], [low, high] = this.brushes[place] || [1 - 2 * STEP, 1];
    if (event.key === "Escape") this.brushes[place] = null;
    else if (!way) return;
    else if (!this.brushes[place]) this.brushes[place] = way > 0 ? [0, 2 * STEP] : [low, high];
    else if (event.shiftKey) this.brushes[place] = [low, Math.min(1, Math.max(low + STEP / 2, high + way))];
    else this.brushes[place] = [low + way, high + way].map(end => Math.min(1, Math.max(0, end)));
    event.preventDefault();
    this.mark();
    const many = this.told.lines.filter((_, line) => this.kept[line]).length;
    this.reading.textContent = `${many.toLocaleString("en")} of ${this.told.lines.length.toLocaleString("en")} members cross the bands`;
  }

  // The least and the greatest of the members' values in a band.
  valuesIn(brush, place) {
    const shares = this.told.lines.map(line => line[place]).filter(share => inBand(share, brush));
    const [low, high] = [Math.min(...shares), Math.max(...shares)].map(share => this.spoken[place].get(share));
    if (!shares.length) return "no member's value";
    return low === high ? `${low} alone` : `from ${low} to ${high}`;
  }

  mark() {
    this.brushes.forEach((brush, place) => {
      this.shown[place].setAttribute("y", brush ? this.y(brush[1]) : 0);
      this.shown[place].setAttribute("height", brush ? this.y(brush[0]) - this.y(brush[1]) : 0);
      this.holds[place].setAttribute("aria-valuenow", Math.round(100 * (brush ? brush[1] : 1)));
      this.holds[place].setAttribute("aria-valuetext", brush ? this.valuesIn(brush, place) : "all values");
    });
    const kept = this.kept = this.told.lines.map(shares => this.brushes.every((brush, axis) => !brush || inBand(shares[axis], brush)));
    this.paths.forEach((path, place) => {
      const best = this.told.best.includes(place);
      path.style.strokeOpacity = kept[place] && !best ? this.strength(place) : "";
      path.setAttribute("class", kept[place] ? (best ? "best" : "") : "out");
    });
    const brushed = this.brushes.some(Boolean);
    this.changed(brushed ? new Set(this.told.members.filter((_, place) => kept[place])) : null);
  }
}
