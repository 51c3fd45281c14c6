// The little that needs a script. Every page works without it.
"use strict";

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  if (token) event.detail.headers["X-CSRFToken"] = token[1];
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

// "prêt" ticks of a picking list stay on this device
document.querySelectorAll("[data-tick]").forEach((box) => {
  const key = `prêt:${box.dataset.tick}`;
  box.hidden = false;
  box.checked = localStorage.getItem(key) === "1";
  box.addEventListener("change", () => {
    if (box.checked) localStorage.setItem(key, "1");
    else localStorage.removeItem(key);
  });
});
