"use strict";
// Curves of trainings: a panel for each quantity, all with one cursor.
const charts = [];

function strokeOf(series, place) {
  return colour(series.colour || COLOURS[place % COLOURS.length]);
}

function optionsOf(panel, course, width, logarithmic) {
  const soft = colour("soft"), rule = colour("rule");
  const axis = { stroke: soft, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1 }, font: "12px system-ui, sans-serif" };
  const values = (_, splits) => splits.map(value => value === null ? "" : written(value));
  const series = panel.series.map((one, place) => ({
    label: one.name, class: one.hidden ? "unseen" : undefined, stroke: strokeOf(one, place), width: one.hidden ? 0 : 2, dash: one.dash ? [5, 4] : undefined,
    value: (_, value) => written(value), points: { show: course.epochs.length < 2 },
  }));
  const bands = (panel.bands || []).map(([high, low, name]) => ({ series: [high + 1, low + 1], fill: colour(name) + "2e" }));
  return {
    width, height: panel.tall ? 360 : 200, series: [{ label: "epoch" }, ...series], bands,
    cursor: { sync: { key: course.id }, points: { size: 7 } },
    scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : {} },
    axes: [{ ...axis, values }, { ...axis, values, size: roomBeside }],
    hooks: { draw: [chart => drawBest(chart, course.best)] },
  };
}

// Room for the widest number beside an axis, as much as most need at least, so that panels stand alike.
function roomBeside(chart, numbers, place, round) {
  const axis = chart.axes[place];
  if (round > 1) return axis._size; // the numbers follow from the room, and the room from the numbers
  chart.ctx.font = axis.font[0];
  const widths = (numbers || []).map(number => chart.ctx.measureText(number).width / devicePixelRatio);
  return Math.ceil(Math.max(58, axis.ticks.size + axis.gap + Math.max(0, ...widths)));
}

// A line at the best epoch.
function drawBest(chart, best) {
  if (!best) return;
  const x = chart.valToPos(best, "x", true), { top, height, left, width } = chart.bbox;
  if (x < left || x > left + width) return;
  chart.ctx.save();
  chart.ctx.strokeStyle = colour("soft");
  chart.ctx.setLineDash([4, 4]);
  chart.ctx.beginPath();
  chart.ctx.moveTo(x, top);
  chart.ctx.lineTo(x, top + height);
  chart.ctx.stroke();
  chart.ctx.restore();
}

function valuesOf(panel, course) {
  return [course.epochs, ...panel.series.map(series => series.values)];
}

function positive(panel) {
  return panel.series.every(series => series.values.every(value => value === null || value > 0));
}

class Chart {
  constructor(host, panel, course) {
    Object.assign(this, { panel, course, logarithmic: false, host: element("div") });
    const heading = element("h3", {}, panel.name);
    if (panel.tall && positive(panel)) heading.append(this.switch());
    this.place = element("div", { role: "group", tabindex: 0, "aria-label": this.label() });
    this.place.addEventListener("keydown", event => this.readByKey(event));
    this.host.append(heading, this.place);
    host.append(this.host);
    this.draw();
    new ResizeObserver(() => this.plot.setSize({ width: this.place.clientWidth, height: this.plot.height })).observe(this.place);
  }

  label() {
    const ends = this.panel.series.filter(series => !series.hidden).map(series => `${series.name} ${written(series.values.at(-1))}`);
    return `${this.panel.name} by epoch; at the end ${ends.join(", ")}`;
  }

  switch() {
    const button = element("button", { type: "button", "aria-pressed": "false" }, "logarithmic");
    button.addEventListener("click", () => {
      this.logarithmic = !this.logarithmic;
      button.setAttribute("aria-pressed", this.logarithmic);
      this.draw();
    });
    return button;
  }

  draw() {
    if (this.plot) this.plot.destroy();
    const options = optionsOf(this.panel, this.course, Math.max(this.place.clientWidth, 120), this.logarithmic);
    this.plot = new uPlot(options, valuesOf(this.panel, this.course), this.place);
  }

  // Arrows go from epoch to epoch; the legend tells what stands there.
  readByKey(event) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key], last = this.course.epochs.length - 1;
    if (!way) return;
    event.preventDefault();
    const place = Math.min(last, Math.max(0, (this.plot.cursor.idx ?? (way > 0 ? -1 : last + 1)) + way));
    this.plot.setCursor({ left: this.plot.valToPos(this.course.epochs[place], "x"), top: 1 });
    this.plot.root.querySelector(".u-legend").setAttribute("aria-live", "polite");
  }

  grow(panel, course) {
    panel.tall = this.panel.tall;
    Object.assign(this, { panel, course });
    this.plot.setData(valuesOf(panel, course));
    this.place.setAttribute("aria-label", this.label());
  }
}

function drawCurves(data) {
  for (const host of document.querySelectorAll("[data-course]")) {
    const course = data.curves.find(one => one.id === host.dataset.course);
    if (!course) continue;
    course.panels.forEach((panel, place) => {
      panel.tall = place === 0;
      charts.push(new Chart(host, panel, course));
    });
  }
}

// The same curves, longer; where there are others than before, all are drawn anew.
function growCurves(data) {
  const panels = data.curves.flatMap(course => course.panels.map(panel => [panel, course]));
  const same = panels.length === charts.length && panels.every(([panel], place) =>
    panel.series.map(one => one.name).join() === charts[place].panel.series.map(one => one.name).join());
  if (same) return panels.forEach(([panel, course], place) => charts[place].grow(panel, course));
  charts.splice(0).forEach(chart => chart.host.remove());
  drawCurves(data);
}

function drawAgain() {
  charts.forEach(chart => chart.draw());
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAgain);
matchMedia("print").addEventListener("change", drawAgain);
