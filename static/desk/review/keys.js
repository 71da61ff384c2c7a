// One letter for each button that names it in data-key; never while something is being written, never with another key held down.
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const root = () => document.querySelector("[data-review]");

document.addEventListener("keydown", (event) => {
  const page = root();
  const at = event.target.closest?.(TYPING);
  if (!page || event.isComposing) return;
  if (at) {
    if (event.key === "Escape") at.blur();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && at.matches("[data-opinion]")) {
      event.preventDefault();
      const armed = page.querySelector(`[data-send="${at.dataset.armed}"]`);
      (armed ?? page.querySelector(".rv-acts [data-send]"))?.click();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toUpperCase() : "";
  const wanted = key === "=" ? "+" : key;
  const button = key && page.querySelector(`[data-key="${CSS.escape(wanted)}"]:not(:disabled)`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
