"use strict";
// A page of a run that trains: it is asked for again, and what has changed takes its place.
const EVERY = 1500;

async function growPage() {
  const answer = document.hidden ? null : await fetch(location.href).catch(() => null);
  if (answer && answer.ok) takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (document.body.dataset.live) setTimeout(growPage, EVERY);
}

function takeOver(page) {
  const data = pageData(page), parts = Array.from(page.querySelectorAll("main > header, main > section, main > nav"));
  document.body.dataset.live = page.body.dataset.live || "";
  parts.forEach((part, place) => {
    const old = sameIn(document, part);
    if (!old) sameIn(document, parts[place - 1]).after(part);
    else if (old.contains(document.activeElement) && part.id) return;
    else if (old.querySelector("[data-course]") && part.querySelector("[data-course]")) return;
    else replacePart(old, part);
  });
  growCurves(data);
  readFits(data);
  readSettings(data);
  drawParallel(data);
}

function sameIn(page, part) {
  if (part.id) return page.getElementById(part.id);
  return page.querySelector("main > " + (part.classList[0] ? "." + part.classList[0] : part.localName));
}

function replacePart(old, part) {
  const before = Array.from(old.querySelectorAll("details"), details => details.open);
  part.querySelectorAll("details").forEach((details, place) => { details.open = before[place] ?? details.open; });
  if (old.textContent === part.textContent && old.innerHTML.length === part.innerHTML.length) return;
  const typed = old.querySelector("input")?.value, sorted = sortedBy(old);
  old.replaceWith(part);
  if (typed) part.querySelector("input").value = typed;
  useTables(part);
  sortAgain(part, sorted);
  addCopying(part);
}
