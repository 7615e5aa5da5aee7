"use strict";
// What happens once the page is read.
function addCopying(part) {
  for (const figure of part.querySelectorAll(".command")) {
    if (!navigator.clipboard) return;
    const button = element("button", { type: "button", class: "copy" }, "copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(figure.querySelector("code").textContent);
      button.textContent = "copied";
    });
    figure.append(button);
  }
}

function readFits(data) {
  for (const figure of document.querySelectorAll("[data-fit]:not([data-read])")) {
    readDots(figure, data.fits[figure.dataset.fit], (points, place) =>
      `row ${points.rows[place]}: true ${points.true[place]}, predicted ${points.predicted[place]}`);
  }
}

function readSettings(data) {
  for (const figure of document.querySelectorAll("[data-setting]:not([data-read])")) {
    const order = data.settings[figure.dataset.setting];
    readDots(figure, order, (choices, place) => data.choices[choices[place]]);
  }
}

function drawParallel(data) {
  const host = document.querySelector("[data-parallel]");
  if (host && data.parallel && !host.firstChild) new Parallel(host, data.parallel, keepMembers);
}

function begin() {
  const data = pageData(document);
  drawCurves(data);
  readFits(data);
  readSettings(data);
  useTables(document);
  drawParallel(data);
  addCopying(document);
  showListing(data);
  if (document.body.dataset.live && !document.querySelector("[data-listing]")) setTimeout(growPage, EVERY);
}
begin();
