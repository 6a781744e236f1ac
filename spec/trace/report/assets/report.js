// Lights up what belongs together: the sentences, ids and pieces of code of a
// requirement. Without this script the pages can be read all the same.
"use strict";
(() => {
  const ids = (e) => (e.dataset.r || "").split(" ").filter(Boolean);
  const all = [...document.querySelectorAll("[data-r]")].filter((e) => ids(e).length);
  let chosen = [];

  function light(list) {
    const on = new Set(list);
    for (const e of all) {
      const lit = ids(e).some((id) => on.has(id));
      e.classList.toggle("lit", lit);
      if (e.matches("button.id")) e.setAttribute("aria-pressed", String(lit && chosen.length > 0));
    }
  }

  // Brings the first of some elements into view, unless one of them is.
  function show(elements) {
    const visible = (e) => {
      const b = e.getBoundingClientRect();
      return b.bottom > 90 && b.top < innerHeight - 40;
    };
    if (elements.length && !elements.some(visible)) elements[0].scrollIntoView({ block: "center" });
  }

  function choose(e) {
    const list = ids(e);
    if (chosen.join() === list.join()) {
      chosen = [];
      light([]);
      return;
    }
    chosen = list;
    light(list);
    const code = e.matches("figure");
    const others = all.filter((x) => x.matches("figure") !== code && ids(x).some((id) => list.includes(id)));
    if (others.length) {
      show(others);
    } else if (e.dataset.home && !document.getElementById(e.dataset.home.split("#")[1])) {
      location.href = e.dataset.home; // its code stands in another chapter
    }
  }

  for (const e of all) {
    e.addEventListener("mouseenter", () => light(ids(e)));
    e.addEventListener("mouseleave", () => light(chosen));
    e.addEventListener("click", (event) => {
      if (!event.target.closest("a") && !String(getSelection())) choose(e);
    });
    if (e.matches("figure")) {
      e.addEventListener("keydown", (event) => {
        if (event.key === "Enter") choose(e);
      });
    }
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      chosen = [];
      light([]);
    }
  });

  for (const form of document.querySelectorAll("form[data-filter]")) {
    const rows = [...document.querySelectorAll("#" + form.dataset.filter + " tbody tr")];
    const filter = () => {
      const words = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      for (const r of rows) {
        const text = r.textContent.toLowerCase();
        const hit = words.every((w) => text.includes(w)) &&
          (!form.level.value || r.dataset.level === form.level.value) &&
          (!form.code.value || r.dataset.code === form.code.value);
        r.hidden = !hit;
        if (hit) n++;
      }
      form.querySelector("output").textContent = n + " of " + rows.length;
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }
})();
