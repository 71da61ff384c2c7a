import { all, on, onInsert, say } from "./dom.js";

// Typed confirmation: the button opens when the words are the same; the server compares them again.
onInsert((root) => all("[data-typed]", root).forEach((ask) => {
  const input = ask.querySelector("input");
  const button = ask.closest("form").querySelector("[data-confirm]");
  if (!button) return;
  const compare = () => (button.disabled = input.value.trim() !== ask.dataset.typed);
  input.addEventListener("input", compare);
  compare();
}));

// A sentence at hand stands in its field by one click, where it may be changed.
on("click", "[data-put]", (button) => {
  const field = document.getElementById(button.dataset.put);
  field.value = button.textContent;
  field.focus();
});

// Sent once: a second click does nothing until the page is shown again.
let unsaved = false;
on("submit", "form[data-once]", (form, event) => {
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  unsaved = false;
  setTimeout(() => [...form.elements].forEach((element) => element.type === "submit" && element.setAttribute("aria-disabled", "true")));
});
export const release = () => all("form[data-sent]").forEach((form) => {
  delete form.dataset.sent;
  [...form.elements].forEach((element) => element.removeAttribute("aria-disabled"));
});
addEventListener("pageshow", release);

// Leaving a form with changes asks first; a page that came in its place has none.
on("input", "form[data-guard]", () => (unsaved = true));
addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
export const mayLeave = () => !unsaved || confirm(say.sayLeave);
export const hasLeft = () => (unsaved = false);
