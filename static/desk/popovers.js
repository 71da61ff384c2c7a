import { all, make, on, onInsert } from "./dom.js";

// Messages and the first error.
on("click", "[data-dismiss]", (button) => button.parentElement.remove());
onInsert((root) => root.querySelector("[data-focus]")?.focus());

// A closed button says why, for the mouse and for the keyboard.
const tip = make("div", { class: "tip", role: "tooltip", id: "tip", hidden: "" });
document.body.append(tip);
const explain = (button) => {
  button.dataset.reason ||= button.title;
  button.removeAttribute("title");
  button.setAttribute("aria-describedby", tip.id);
  tip.textContent = button.dataset.reason;
  tip.hidden = false;
  const { left, top, bottom } = button.getBoundingClientRect();
  const below = bottom + tip.offsetHeight + 8 < innerHeight;
  tip.style.top = `${below ? bottom + 4 : top - tip.offsetHeight - 4}px`;
  tip.style.left = `${Math.max(4, Math.min(left, innerWidth - tip.offsetWidth - 8))}px`;
};
for (const type of ["mouseover", "focusin"]) on(type, "[data-reason]", explain);
for (const type of ["mouseout", "focusout"]) on(type, "[data-reason]", () => (tip.hidden = true));

// Popovers: one open at a time; a click outside or Escape closes, Escape gives the focus back.
const popovers = "details.pop, details.row-menu";
const closePopovers = (except) => all(popovers).forEach((pop) => pop.open && !pop.contains(except) && (pop.open = false));
document.addEventListener("click", (event) => closePopovers(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    const search = document.querySelector("[data-search]");
    if (search) event.preventDefault();
    search?.select();
  }
  if (event.key !== "Escape") return;
  const open = event.target.closest?.(popovers);
  closePopovers(null);
  open?.querySelector("summary").focus();
  if (location.hash === "#menu") location.hash = "#content";
});
// A row's menu would be cut off by the scrolling table, so it floats at the place of its button.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.open || !menu.matches("details.row-menu")) return;
  const box = menu.lastElementChild;
  const { bottom, top, right } = menu.getBoundingClientRect();
  const below = bottom + box.offsetHeight < innerHeight;
  box.style.top = `${below ? bottom + 2 : Math.max(4, top - box.offsetHeight - 2)}px`;
  box.style.right = `${Math.max(4, document.documentElement.clientWidth - right)}px`;
}, true);
document.addEventListener("scroll", (event) => event.target.matches?.(".list-box") && closePopovers(null), true);
