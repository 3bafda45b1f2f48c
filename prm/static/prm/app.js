/* What the pages need beyond htmx. Everything here only helps: each link and form works without it. 5 KB gzip at most. */
(() => {
  "use strict";
  const doc = document, root = doc.documentElement;
  const all = (sel, from = doc) => [...from.querySelectorAll(sel)];
  const words = JSON.parse(doc.querySelector('meta[name="prm-words"]')?.content || "{}");
  const fill = (text, value) => (text || "{}").replace("{}", value);

  /* Countdown: the server wrote the text, this keeps it true. Days change too slowly to matter. */
  const count = () => all("time.countdown").forEach((el) => {
    const left = (new Date(el.dateTime) - Date.now()) / 1000;
    const minutes = Math.floor(Math.abs(left) / 60), hours = Math.floor(minutes / 60);
    el.classList.toggle("bad", left <= 0);
    el.classList.toggle("warn", left > 0 && left < Number(el.dataset.warn));
    if (hours >= 48) return;
    el.textContent = fill(left <= 0 ? words.late : words.due, hours ? fill(words.h, hours) : fill(words.min, minutes));
  });

  /* Focus: the summary of errors, or the heading of what was swapped in; never while somebody types. */
  const focusIn = (part) => {
    const typing = doc.activeElement?.matches("input:not([type=submit]), textarea, select");
    const target = part.querySelector?.(".summary[data-focus]") || (part.matches?.("[data-focus]") ? part : part.querySelector?.("[data-focus]"));
    if (target && (!typing || target.matches(".summary"))) target.focus();
  };

  const busy = (el, on) => el && (on ? el.setAttribute("aria-busy", "true") : el.removeAttribute("aria-busy"));
  const buttonOf = (el, event) => event?.submitter || (el.matches?.("button, a.btn") ? el : null);

  doc.addEventListener("click", (event) => {
    const el = event.target.closest("[data-dialog], [data-close], [data-expand], [data-copy], [data-dismiss]");
    all("details.account[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
    if (event.target.matches("dialog")) event.target.close();
    if (!el) return;
    if ("dialog" in el.dataset) {
      const box = doc.getElementById(el.dataset.dialog);
      if (box) { event.preventDefault(); box.showModal(); }
    } else if ("close" in el.dataset) {
      event.preventDefault(); el.closest("dialog")?.close();
    } else if ("expand" in el.dataset) {
      const row = doc.getElementById(el.getAttribute("aria-controls"));
      if (!row) return;
      event.preventDefault();
      row.hidden = !row.hidden;
      el.setAttribute("aria-expanded", String(!row.hidden));
      el.closest("tr")?.classList.toggle("open", !row.hidden);
    } else if ("copy" in el.dataset) {
      navigator.clipboard?.writeText(el.dataset.copy).then(() => say(words.copied));
    } else el.closest("[data-toast]")?.remove();
  });

  const say = (text) => {
    const line = doc.getElementById("live");
    if (line) { line.textContent = ""; setTimeout(() => { line.textContent = text || ""; }, 50); }
  };

  doc.addEventListener("change", (event) => {
    if (event.target.form?.hasAttribute("data-autosubmit")) event.target.form.requestSubmit();
  });
  doc.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.getAttribute("aria-busy")) return event.preventDefault();
    if (!event.defaultPrevented) setTimeout(() => busy(button, true));
  });
  addEventListener("pageshow", (event) => event.persisted && all("button[aria-busy]").forEach((el) => busy(el, false)));
  addEventListener("beforeprint", () => all("main details").forEach((el) => { el.open = true; }));

  /* Keys: a letter moves the focus, Enter decides. Off inside fields, with modifiers, and by the person's own setting. */
  doc.addEventListener("keydown", (event) => {
    if (event.key === "Escape") all("details.account[open]").forEach((el) => { el.open = false; el.firstElementChild.focus(); });
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (doc.body.dataset.keys === "off" || event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      const cards = all(".cardlink"), card = cards[cards.indexOf(doc.activeElement) + (key === "j" ? 1 : -1)] || cards[0];
      if (card) return void card.focus();
      const links = all(".queue a"), at = links.findIndex((el) => el.hasAttribute("aria-current"));
      const next = links[at < 0 ? 0 : at + (key === "j" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); next.click(); }
      return;
    }
    if (key === "s") return void doc.querySelector(".queue [aria-current]")?.closest("li").querySelector(".tick")?.click();
    if (key === "?") return void doc.getElementById("keys")?.showModal();
    const target = all("[data-key]").find((el) => el.dataset.key === key && el.offsetParent);
    if (target) { event.preventDefault(); target.focus(); }
  });

  /* A toast stays ten seconds, longer under the pointer or the focus. */
  const toasts = (part) => all("[data-toast]", part).forEach((el) => {
    let timer;
    const start = () => { timer = setTimeout(() => el.remove(), 10000); };
    ["pointerenter", "focusin"].forEach((name) => el.addEventListener(name, () => clearTimeout(timer)));
    ["pointerleave", "focusout"].forEach((name) => el.addEventListener(name, start));
    start();
  });

  /* htmx: busy marks, upload progress, a retry line in place when the server or the network fails. */
  const failed = (event) => {
    const { requestConfig: config, target } = event.detail;
    if (!config || !target || (event.detail.xhr?.status || 500) < 500) return;
    target.parentElement?.querySelector(":scope > .retry")?.remove();
    const line = doc.createElement("div"), text = doc.createElement("span"), button = doc.createElement("button");
    line.className = "retry"; line.setAttribute("role", "alert");
    text.textContent = event.type === "htmx:sendError" ? words.lost : words.failed;
    button.type = "button"; button.className = "btn small"; button.textContent = words.retry || "Try again";
    button.addEventListener("click", () => {
      line.remove();
      htmx.ajax(config.verb.toUpperCase(), config.path, { source: config.elt, target });
    });
    line.append(text, button);
    target.before(line);
  };
  doc.addEventListener("htmx:beforeRequest", (event) => {
    busy(event.detail.target, true);
    busy(buttonOf(event.detail.elt, event.detail.requestConfig?.triggeringEvent), true);
  });
  doc.addEventListener("htmx:afterRequest", (event) => {
    busy(event.detail.target, false);
    busy(buttonOf(event.detail.elt, event.detail.requestConfig?.triggeringEvent), false);
    if (event.detail.successful) event.detail.target?.parentElement?.querySelector(":scope > .retry")?.remove();
  });
  doc.addEventListener("htmx:responseError", failed);
  doc.addEventListener("htmx:sendError", failed);
  doc.addEventListener("htmx:timeout", failed);
  doc.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector?.("progress[data-upload]");
    if (bar && event.detail.lengthComputable) { bar.hidden = false; bar.max = event.detail.total; bar.value = event.detail.loaded; }
  });
  doc.addEventListener("htmx:afterSettle", (event) => { focusIn(event.detail.elt); toasts(event.detail.elt); count(); });

  /* A chart wider than its window begins at the selected month, else at the latest, a falling curve at its half; never scrolls the page. */
  all(".chart .scroll").forEach((box) => {
    const marks = all(".band, .hit, circle", box), mark = box.querySelector(".band, .area ~ .val") || marks[marks.length - 1];
    if (!mark || box.scrollWidth <= box.clientWidth) return;
    const from = box.getBoundingClientRect(), to = mark.getBoundingClientRect();
    box.scrollLeft += to.x + to.width / 2 - from.x - from.width / 2;
  });

  root.classList.add("js");
  count(); setInterval(count, 60000); toasts(doc);
  doc.querySelector(".summary[data-focus]")?.focus();
})();
