"use strict";
// A page of a run that trains: it is asked for again, and what has changed takes its place.
const EVERY = 1500;

async function growPage() {
  const answer = document.hidden ? null : await fetch(location.href).catch(() => null);
  if (answer && answer.ok) takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (document.body.dataset.live) setTimeout(growPage, EVERY);
}

function takeOver(page) {
  const data = pageData(page);
  document.body.dataset.live = page.body.dataset.live || "";
  for (const part of page.querySelectorAll("main > header, main > section")) {
    const old = part.id ? document.getElementById(part.id) : document.querySelector(part.className ? "main > ." + part.className : "main > header");
    if (!old) document.querySelector("main").insertBefore(part, document.getElementById("again"));
    else if (old.contains(document.activeElement) && part.id) continue;
    else if (old.querySelector("[data-course]") && part.querySelector("[data-course]")) continue;
    else replacePart(old, part);
  }
  growCurves(data);
  readFits(data);
  readSettings(data);
  drawParallel(data);
}

function replacePart(old, part) {
  const before = Array.from(old.querySelectorAll("details"), details => details.open);
  part.querySelectorAll("details").forEach((details, place) => { details.open = before[place] ?? details.open; });
  if (old.textContent === part.textContent && old.innerHTML.length === part.innerHTML.length) return;
  const typed = old.querySelector("input")?.value;
  old.replaceWith(part);
  if (typed) part.querySelector("input").value = typed;
  useTables(part);
  addCopying(part);
}
