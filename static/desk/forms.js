import { all, on, onInsert } from "./dom.js";

// Typed confirmation: the button opens when the words are the same; the server compares them again.
onInsert((root) => all("[data-typed]", root).forEach((ask) => {
  const input = ask.querySelector("input");
  const button = ask.closest("form").querySelector("[data-confirm]");
  const compare = () => (button.disabled = input.value.trim() !== ask.dataset.typed);
  input.addEventListener("input", compare);
  compare();
}));

// Sent once: a second click does nothing until the page is shown again.
let unsaved = false;
on("submit", "form[data-once]", (form, event) => {
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  unsaved = false;
  setTimeout(() => [...form.elements].forEach((element) => element.type === "submit" && element.setAttribute("aria-disabled", "true")));
});
addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
  delete form.dataset.sent;
  [...form.elements].forEach((element) => element.removeAttribute("aria-disabled"));
}));

// Leaving a form with changes asks first.
on("input", "form[data-guard]", () => (unsaved = true));
addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
