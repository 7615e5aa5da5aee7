"use strict";
// The data of the page, and what the other files draw with.
function pageData(page) {
  return JSON.parse(page.getElementById("page-data").textContent);
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

const COLOURS = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

function element(name, attributes, text) {
  const svg = ["svg", "path", "line", "text", "rect", "g", "title"].includes(name);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
}

function written(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-3) return value.toExponential(2).replace("+", "");
  return value.toLocaleString("en", { maximumSignificantDigits: 4 });
}

// Where a person points in a drawing, in the drawing's own units.
function placeIn(svg, event) {
  const box = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
  return [(event.clientX - box.left) * view.width / box.width, (event.clientY - box.top) * view.height / box.height];
}

function dotsOf(path) {
  return Array.from(path.getAttribute("d").matchAll(/M([-\d.]+) ([-\d.]+)/g), found => [+found[1], +found[2]]);
}

function nearest(points, [x, y]) {
  let best = -1, least = 400;
  points.forEach((point, place) => {
    const apart = (point[0] - x) ** 2 + (point[1] - y) ** 2;
    if (apart < least) [best, least] = [place, apart];
  });
  return best;
}

// Say of the dot under the pointer what it is.
function readDots(figure, points, tell) {
  const svg = figure.querySelector("svg"), told = figure.querySelector(".reading");
  const places = Array.from(svg.querySelectorAll(".dots.read"), dotsOf).flat(), picked = element("path", { class: "dots picked", d: "" });
  svg.append(picked);
  figure.dataset.read = "";
  const show = place => {
    picked.setAttribute("d", place < 0 ? "" : `M${places[place][0]} ${places[place][1]}h0`);
    told.textContent = place < 0 ? "" : tell(points, place);
  };
  svg.addEventListener("pointermove", event => show(nearest(places, placeIn(svg, event))));
  readByKey(svg, places, show);
}

// Arrows go from dot to dot, from the left to the right.
function readByKey(svg, places, show) {
  const order = places.map((_, place) => place).sort((one, other) => places[one][0] - places[other][0] || places[other][1] - places[one][1]);
  let at = -1;
  svg.setAttribute("tabindex", 0);
  svg.addEventListener("keydown", event => {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!way || !order.length) return;
    event.preventDefault();
    at = Math.min(order.length - 1, Math.max(0, at + way));
    show(order[at]);
  });
}
