"use strict";
(() => {
  const bar = document.querySelector("form.filter");
  const findings = [...document.querySelectorAll("article.finding")];
  if (!bar || findings.length === 0) return;
  const search = bar.elements.q, vendor = bar.elements.vendor, state = bar.elements.state;
  const boxes = [...bar.querySelectorAll("input[name=severity]")];
  const told = bar.querySelector("output");
  // Read when somebody searches: of many findings that is most of the page.
  const texts = [];
  const text = (at) => texts[at] ??= findings[at].textContent.toLowerCase();
  const fields = { vendor, state };

  // Without scripts every card is open and can be read; with them the page starts short.
  const many = findings.length > 3;
  for (const one of findings) one.querySelector("details").open = !many;
  bar.hidden = false;

  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = boxes.filter((box) => box.checked).map((box) => box.value);
    let shown = 0;
    findings.forEach((one, at) => {
      const fits =
        severities.includes(one.dataset.severity) &&
        (!vendor.value || one.dataset.vendor === vendor.value) &&
        (!state.value || one.dataset.state.split(" ").includes(state.value)) &&
        words.every((word) => text(at).includes(word));
      one.hidden = !fits;
      shown += fits;
    });
    told.value = shown === findings.length ? `All ${shown} shown` : `${shown} of ${findings.length} shown`;
  }

  // The choice stands in the address, so that a link leads to it.
  function remember() {
    const chosen = new URLSearchParams();
    if (search.value) chosen.set("q", search.value);
    for (const name in fields) if (fields[name].value) chosen.set(name, fields[name].value);
    if (boxes.some((box) => !box.checked)) {
      chosen.set("severity", boxes.filter((box) => box.checked).map((box) => box.value).join(","));
    }
    history.replaceState(null, "", "#" + chosen);
  }

  function clear() {
    search.value = "";
    for (const name in fields) fields[name].value = "";
    for (const box of boxes) box.checked = true;
  }

  function recall() {
    const hash = location.hash.slice(1);
    const target = hash && !hash.includes("=") ? document.getElementById(hash) : null;
    if (target) {
      const details = target.querySelector("details");
      if (details) details.open = true;
      // What a link leads to is shown, whatever is filtered for.
      if (target.hidden) {
        clear();
        apply();
      }
      target.scrollIntoView();
      return;
    }
    const chosen = new URLSearchParams(hash);
    search.value = chosen.get("q") || "";
    for (const name in fields) fields[name].value = chosen.get(name) || "";
    const severities = chosen.get("severity");
    for (const box of boxes) box.checked = severities === null || severities.split(",").includes(box.value);
    apply();
  }

  bar.addEventListener("input", () => { apply(); remember(); });
  bar.addEventListener("submit", (event) => event.preventDefault());
  bar.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  addEventListener("hashchange", recall);
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); search.focus(); }
  });
  const all = bar.querySelector("button.open");
  all.addEventListener("click", () => {
    const open = all.getAttribute("aria-pressed") !== "true";
    for (const one of findings) one.querySelector("details").open = open;
    all.setAttribute("aria-pressed", open);
    all.textContent = open ? "Close all" : "Open all";
  });
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = findings.map((one) => one.querySelector("details")).filter((one) => !one.open);
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
  apply();
  recall();
})();
