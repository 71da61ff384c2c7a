// On a phone a row becomes a card: each cell then says the name of its column, which the head says on a desk.
import { all, onInsert } from "./dom.js";

const phone = matchMedia("(max-width: 575.98px)");
const name = (table) => {
  if (!phone.matches || table.classList.contains("is-cards")) return;
  const heads = all("thead th", table).map((head) => head.textContent.trim());
  for (const row of table.tBodies[0].rows) {
    [...row.cells].slice(2, -1).forEach((cell, place) => {
      if (cell.textContent !== "—") cell.dataset.label = heads[place + 2];
    });
  }
  table.classList.add("is-cards");
};
onInsert((root) => all("table[data-rows]", root).forEach(name));
phone.addEventListener("change", () => all("table[data-rows]").forEach(name));
