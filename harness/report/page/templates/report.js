"use strict";
(() => {
  const form = document.querySelector("form.filter");
  if (!form) return;
  const scenarios = [...document.querySelectorAll("details.scenario")];
  const show = () => {
    const words = form.querySelector("[type=search]").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set([...form.querySelectorAll("[type=checkbox]:checked")].map((one) => one.value));
    let count = 0;
    for (const one of scenarios) {
      one.hidden = !(wanted.has(one.dataset.outcome) && words.every((word) => one.dataset.words.includes(word)));
      count += !one.hidden;
    }
    form.querySelector(".found").textContent = count === scenarios.length ? "" : `${count} shown`;
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of form.querySelectorAll("[data-all]"))
    button.addEventListener("click", () => {
      for (const one of scenarios) if (!one.hidden) one.open = button.dataset.all === "open";
    });
})();
