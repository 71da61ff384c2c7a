// Columns of a list: the panel's order by buttons and by dragging, and widths by the edge of a head, with the mouse and with the keyboard.
import { all, make, on, onInsert, say } from "./dom.js";

const [NARROWEST, WIDEST, STEP, ACTS] = [48, 800, 16, 148]; // pixels; the server keeps to the first two as well

// The panel.
const move = (row, down) => {
  const other = down ? row.nextElementSibling : row.previousElementSibling;
  if (!other) return;
  other[down ? "after" : "before"](row);
  row.querySelector(down ? "[data-column-down]" : "[data-column-up]").focus();
};
on("click", "[data-column-up]", (button) => move(button.closest("[data-column]"), false));
on("click", "[data-column-down]", (button) => move(button.closest("[data-column]"), true));
let dragged = null;
onInsert((root) => all("[data-column]", root).forEach((row) => (row.draggable = true)));
on("dragstart", "[data-column]", (row) => (dragged = row));
on("dragover", "[data-column]", (row, event) => {
  if (!dragged || row.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  const { top, height } = row.getBoundingClientRect();
  row[event.clientY > top + height / 2 ? "after" : "before"](dragged);
});
on("dragend", "[data-column]", () => (dragged = null));

// Widths. Until one is chosen every column takes the room it needs; from then on each has the width it had.
const heads = (table) => all("thead th[data-key]", table);
const colOf = (table, key) => table.querySelector(`col[data-key="${CSS.escape(key)}"]`);
const widthOf = (table, key) => Number(colOf(table, key).getAttribute("width"));
const shown = (element) => element.offsetWidth > 0;

function fix(table) {
  if (table.classList.contains("is-fixed")) return;
  for (const head of heads(table)) colOf(table, head.dataset.key).setAttribute("width", Math.round(head.offsetWidth));
  const acts = table.querySelector("thead .c-acts");
  if (shown(acts)) table.querySelector("col.c-acts").setAttribute("width", Math.max(acts.offsetWidth, ACTS));
  table.classList.add("is-fixed");
}

function setWidth(table, grip, pixels) {
  fix(table);
  const width = Math.min(Math.max(Math.round(pixels), NARROWEST), WIDEST);
  colOf(table, grip.dataset.grip).setAttribute("width", width);
  grip.setAttribute("aria-valuenow", width);
  const boxes = table.querySelector("thead .c-check").offsetWidth;
  table.setAttribute("width", all("col[width]", table).reduce((sum, col) => sum + Number(col.getAttribute("width")), boxes));
}

// As wide as its longest cell: what the column would take by itself.
function natural(table, key) {
  const [place, fixed] = [heads(table).findIndex((head) => head.dataset.key === key) + 2, table.classList.contains("is-fixed")];
  table.classList.remove("is-fixed");
  const old = all("col", table).map((col) => [col, col.getAttribute("width")]);
  old.forEach(([col]) => col.removeAttribute("width"));
  const width = table.querySelector(`tr > :nth-child(${place})`).offsetWidth;
  old.forEach(([col, was]) => was !== null && col.setAttribute("width", was));
  table.classList.toggle("is-fixed", fixed);
  return width;
}

let timer;
function keep(table) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const body = new URLSearchParams({ quiet: "1", csrf_token: document.querySelector("[name=csrf_token]").value });
    for (const col of all("col[width]", table)) body.append("width", `${col.dataset.key}:${col.getAttribute("width")}`);
    fetch(table.dataset.arrange, { method: "POST", body, keepalive: true }).catch(() => {}); // a width not kept is no loss
  }, 400);
}

function gripFor(head) {
  const name = head.querySelector("a, span")?.textContent.trim() || head.textContent.trim();
  const attributes = {
    class: "grip", role: "separator", tabindex: "0", "data-grip": head.dataset.key, "aria-orientation": "vertical", title: say.sayWidth,
    "aria-label": `${name} ${say.sayWidth}`, "aria-valuemin": NARROWEST, "aria-valuemax": WIDEST, "aria-valuenow": head.offsetWidth,
  };
  return make("span", attributes);
}
onInsert((root) => all("[data-arrange] thead th[data-key]", root).forEach((head) => head.append(gripFor(head))));

on("pointerdown", "[data-grip]", (grip, event) => {
  if (event.button) return;
  event.preventDefault();
  const table = grip.closest("table");
  fix(table);
  const [from, width] = [event.clientX, widthOf(table, grip.dataset.grip)];
  grip.setPointerCapture(event.pointerId);
  grip.focus();
  const drag = (moved) => setWidth(table, grip, width + moved.clientX - from);
  grip.addEventListener("pointermove", drag);
  grip.addEventListener("lostpointercapture", () => {
    grip.removeEventListener("pointermove", drag);
    keep(table);
  }, { once: true });
});
on("dblclick", "[data-grip]", (grip) => {
  const table = grip.closest("table");
  setWidth(table, grip, natural(table, grip.dataset.grip));
  keep(table);
});
on("keydown", "[data-grip]", (grip, event) => {
  const table = grip.closest("table");
  const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
  if (!step && event.key !== "Enter") return;
  event.preventDefault();
  fix(table);
  setWidth(table, grip, step ? widthOf(table, grip.dataset.grip) + step : natural(table, grip.dataset.grip));
  keep(table);
});
