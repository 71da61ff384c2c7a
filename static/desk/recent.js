// A row's page notes that the row was opened, for the list of what was opened last; nobody waits for it.
import { onInsert } from "./dom.js";

onInsert((root) => {
  const seen = root.querySelector("[data-opened]");
  const token = document.querySelector("input[name=csrf_token]");
  if (!seen || !token) return;
  const body = new URLSearchParams({ noun: seen.dataset.noun, id: seen.dataset.id, csrf_token: token.value });
  fetch(seen.dataset.opened, { method: "POST", body, keepalive: true }).catch(() => {});
});
