// Rows chosen: the box of the page, ranges with Shift, the count, and "all that match". What is ticked stays ticked on other pages of
// the same list until it is cleared or moved: ids only, kept for this tab under a name that stands for account, list and filter.
import { all, make, on, onInsert } from "./dom.js";

const bulk = () => document.querySelector("[data-bulk]");
const table = () => document.querySelector("[data-rows]");
const boxes = () => all('[data-rows] input[name="rowid"]');
const shelf = () => `picked:${bulk().dataset.picked}`;
let lastBox = null;

function kept() {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(shelf()) ?? "[]"));
  } catch {
    return new Set(); // no storage, or not ours: what is ticked on this page counts
  }
}

function keep(ids) {
  try {
    if (ids.size) sessionStorage.setItem(shelf(), JSON.stringify([...ids]));
    else sessionStorage.removeItem(shelf());
  } catch {
    // the choice then ends with the page
  }
}

// The page's boxes and the shelf say the same; what is ticked elsewhere is sent along by fields without a face.
function sync() {
  const ids = "pickedAll" in bulk().dataset ? new Set() : kept();
  for (const box of boxes()) ids[box.checked ? "add" : "delete"](box.value);
  keep(ids);
  const here = new Set(boxes().map((box) => box.value));
  let others = bulk().querySelector("[data-elsewhere]");
  if (!others) bulk().append((others = make("span", { hidden: "", "data-elsewhere": "" })));
  others.replaceChildren(...[...ids].filter((id) => !here.has(id)).map((id) => make("input", { type: "hidden", name: "rowid", value: id })));
  return ids;
}

// The moves that are open to a row, and why others are not: the row's own buttons and its menu tell.
function movesOf(row) {
  const menu = row.querySelector("a[data-menu]");
  const parts = [row, ...(menu ? [document.getElementById(menu.dataset.menu).content] : [])];
  const open = parts.flatMap((part) => all("button[name=one]", part)).map((button) => button.value.split(":")[0]);
  return { open, closed: parts.flatMap((part) => all("[data-move]", part)) };
}

// A bulk button that could do nothing for any ticked row is closed, and says why.
function closeButtons(ids, whole) {
  const picked = boxes().filter((box) => box.checked).map((box) => movesOf(box.closest("tr")));
  const elsewhere = ids.size > picked.length || "pickedAll" in bulk().dataset;
  for (const button of all("[data-bulk-move]", bulk())) {
    button.dataset.help ??= button.title || button.dataset.reason || "";
    const refused = picked.flatMap(({ closed }) => closed.filter((one) => one.dataset.move === button.value));
    let why = "";
    if (!whole && ids.size > Number(bulk().dataset.most)) why = bulk().dataset.sayMost;
    else if (!whole && picked.length && !elsewhere && !picked.some(({ open }) => open.includes(button.value))) {
      why = refused[0]?.dataset.reason || bulk().dataset.sayClosed;
    }
    button.classList.toggle("disabled", Boolean(why));
    if (why) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    button.title = "";
    if (why || button.dataset.help) button.dataset.reason = why || button.dataset.help;
    else delete button.dataset.reason;
  }
}

function showChosen() {
  if (!bulk() || !table()) return;
  const whole = bulk().querySelector('input[name="scope"][value="query"]')?.checked ?? false;
  const ids = sync();
  const here = boxes();
  const chosen = here.filter((box) => box.checked).length;
  here.forEach((box) => box.closest("tr").classList.toggle("is-picked", box.checked));
  table().classList.toggle("is-all", whole);
  bulk().classList.toggle("is-idle", !ids.size && !whole);
  all("[data-count]", bulk()).forEach((element) => (element.textContent = ids.size.toLocaleString("en")));
  closeButtons(ids, whole);
  const pageBox = document.querySelector("[data-check-page]");
  if (!pageBox) return;
  pageBox.checked = here.length > 0 && chosen === here.length;
  pageBox.indeterminate = chosen > 0 && chosen < here.length;
}

// A page that comes shows what was ticked before; rows ticked on it meanwhile (a page brought back by the browser) stay so.
function takeUp() {
  if (!bulk() || !table()) return;
  const ids = kept();
  if (!("pickedAll" in bulk().dataset)) boxes().forEach((box) => (box.checked = ids.has(box.value)));
  showChosen();
}

function chooseRows(checked, among = boxes()) {
  among.forEach((box) => (box.checked = checked));
  const rows = bulk().querySelector('input[name="scope"][value="rows"]');
  if (rows && rows.type === "radio") rows.checked = true;
  showChosen();
}

on("change", "[data-check-page]", (box) => chooseRows(box.checked));
on("click", "[data-bulk-clear]", () => {
  keep(new Set());
  chooseRows(false);
});
on("change", '[data-bulk] input[name="scope"]', showChosen);
on("click", '[data-rows] input[name="rowid"]', (box, event) => {
  const here = boxes();
  const [from, to] = [here.indexOf(lastBox), here.indexOf(box)].sort((a, b) => a - b);
  chooseRows(box.checked, event.shiftKey && from >= 0 ? here.slice(from, to + 1) : [box]);
  lastBox = box;
});
on("click", "[data-bulk-move][aria-disabled]", (_button, event) => event.preventDefault());
onInsert(takeUp);
addEventListener("pageshow", takeUp);
// Moved: what was ticked in this noun's lists has had its turn.
onInsert((root) => {
  const noun = root.querySelector("[data-moved]")?.dataset.moved;
  if (!noun) return;
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(`picked:${noun}:`)) sessionStorage.removeItem(name);
});
