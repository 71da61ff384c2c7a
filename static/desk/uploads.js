// A table is sent as soon as it is chosen, or dropped on its form or on the list it belongs to; the answer shows what it would do.
import { on } from "./dom.js";

const field = (form) => form.querySelector("input[type=file]");
const formFor = (target) => (target.closest("[data-upload]") ?? (target.closest("main") && document.querySelector("[data-upload]")));

on("change", "[data-upload] input[type=file]", (input) => input.files.length && input.form.requestSubmit());
for (const type of ["dragover", "drop"]) {
  document.addEventListener(type, (event) => {
    const form = event.dataTransfer?.types.includes("Files") && formFor(event.target);
    if (!form) return;
    event.preventDefault();
    if (type === "dragover" || event.dataTransfer.files.length !== 1) return;
    field(form).files = event.dataTransfer.files;
    form.requestSubmit();
  });
}
