// Shows /heat in a frame below the table of Locust's Heat tab, and brings what is new without losing the place.
"use strict";
(() => {
  const EVERY_MS = 2000;
  let frame = null;

  const isOpen = () => new URLSearchParams(location.search).get("tab") === "heat" && document.querySelector("[role=tablist]") !== null;

  const make = () => {
    const made = document.createElement("iframe");
    made.src = "./heat";
    made.title = "Heat of tables and keys";
    made.style.cssText = "display:block;width:100%;border:0;min-height:60vh;margin-top:1rem";
    made.addEventListener("load", () => fit(made));
    return made;
  };

  // Locust's theme is its own button's, not the browser's setting that the page's style asks for.
  const dress = (one) => {
    const page = one.contentDocument;
    if (!page || !page.documentElement) return;
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    const isDark = red + green + blue < 384;
    page.documentElement.style.colorScheme = isDark ? "dark" : "light";
    for (const sheet of page.styleSheets) {
      for (const { media } of sheet.cssRules) {
        if (media && /prefers-color-scheme: dark|^all$|^not all$/.test(media.mediaText)) media.mediaText = isDark ? "all" : "not all";
      }
    }
  };

  const fit = (one) => {
    const page = one.contentDocument;
    if (page && page.body) one.style.height = `${page.documentElement.scrollHeight}px`;
  };

  const renew = async () => {
    const page = frame && frame.contentDocument;
    const old = page && page.getElementById("load");
    if (!old || document.hidden) return;
    const answer = await fetch("./heat");
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("load");
    // What somebody has opened stays open.
    const opened = [...old.querySelectorAll("details")].map((one) => one.open);
    [...fresh.querySelectorAll("details")].forEach((one, index) => { if (opened[index]) one.open = true; });
    old.replaceWith(page.adoptNode(fresh));
    fit(frame);
  };

  // The box that holds tabs and table; React leaves alone what it did not put there.
  const place = () => document.querySelector("[role=tablist]").closest(".MuiContainer-root") || document.body;

  const show = () => {
    if (isOpen() && !(frame && frame.isConnected)) {
      frame = make();
      place().append(frame);
    } else if (!isOpen() && frame) {
      frame.remove();
      frame = null;
    }
  };

  setInterval(() => { show(); if (frame) dress(frame); }, 250);
  setInterval(() => renew().catch(() => {}), EVERY_MS);
  addEventListener("resize", () => frame && fit(frame));
})();
