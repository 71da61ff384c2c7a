// Rows chosen: the box of the page, ranges with Shift, the count, and "all that match".
import { all, on, onInsert } from "./dom.js";

const bulk = () => document.querySelector("[data-bulk]");
const table = () => document.querySelector("[data-rows]");
const boxes = () => all('[data-rows] input[name="rowid"]');
let lastBox = null;

function showChosen() {
  if (!bulk() || !table()) return;
  const whole = bulk().querySelector('input[name="scope"][value="query"]')?.checked ?? false;
  const here = boxes();
  const chosen = here.filter((box) => box.checked).length;
  here.forEach((box) => box.closest("tr").classList.toggle("is-picked", box.checked));
  table().classList.toggle("is-all", whole);
  bulk().classList.toggle("is-idle", !chosen && !whole);
  all("[data-count]", bulk()).forEach((element) => (element.textContent = chosen));
  const pageBox = document.querySelector("[data-check-page]");
  if (!pageBox) return;
  pageBox.checked = here.length > 0 && chosen === here.length;
  pageBox.indeterminate = chosen > 0 && chosen < here.length;
}

function chooseRows(checked, among = boxes()) {
  among.forEach((box) => (box.checked = checked));
  const rows = bulk().querySelector('input[name="scope"][value="rows"]');
  if (rows) rows.checked = true;
  showChosen();
}

on("change", "[data-check-page]", (box) => chooseRows(box.checked));
on("click", "[data-bulk-clear]", () => chooseRows(false));
on("change", '[data-bulk] input[name="scope"]', showChosen);
on("click", '[data-rows] input[name="rowid"]', (box, event) => {
  const here = boxes();
  const [from, to] = [here.indexOf(lastBox), here.indexOf(box)].sort((a, b) => a - b);
  chooseRows(box.checked, event.shiftKey && from >= 0 ? here.slice(from, to + 1) : [box]);
  lastBox = box;
});
onInsert(showChosen);
addEventListener("pageshow", showChosen);
