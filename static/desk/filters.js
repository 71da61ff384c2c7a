import { all, on, onInsert } from "./dom.js";

// Filter panel: a row appears when its field is chosen, and shows as many inputs as its way to compare needs.
const inputsOf = (row) => all(".filter-value input, .filter-value select", row).filter((input) => !input.matches("[role=combobox]"));
const compare = (row) => {
  const way = row.querySelector("[data-filter-op]").value;
  row.querySelector(".filter-value").hidden = way === "empty" || way === "filled";
  all(".filter-to", row).forEach((element) => (element.hidden = way !== "range"));
};
const showFilter = (row, shown) => {
  row.hidden = !shown;
  if (!shown) {
    inputsOf(row).forEach((input) => (input.type === "checkbox" || input.type === "radio" ? (input.checked = false) : (input.value = "")));
    all("select[data-filter-op], select.filter-group", row).forEach((select) => (select.selectedIndex = 0));
  }
  compare(row);
};
const preparePanel = (panel) => {
  const rows = all("[data-filter]", panel);
  const few = rows.length <= 6;
  panel.querySelector(".filter-add").hidden = few;
  rows.forEach((row, place) => showFilter(row, few || place < 4));
};
onInsert((root) => all("[data-filters]", root).forEach(preparePanel));
on("change", "[data-filter-add]", (select) => {
  const row = select.form.querySelector(`[data-filter="${CSS.escape(select.value)}"]`);
  select.value = "";
  if (!row) return;
  select.closest(".filter-add").before(row);
  showFilter(row, true);
  row.querySelector(".filter-value input:not([type=hidden]), .filter-value select").focus();
});
on("click", "[data-filter-remove]", (button) => showFilter(button.closest("[data-filter]"), false));
on("change", "[data-filter-op]", (select) => compare(select.closest("[data-filter]")));
// Empty parameters and rows that are not shown stay out of the address.
on("submit", "form[method=get]", (form) => {
  const idle = (input) => !input.value || input.closest("[data-filter][hidden]");
  const empty = [...form.elements].filter((input) => input.name && !input.disabled && idle(input));
  empty.forEach((input) => (input.disabled = true));
  setTimeout(() => empty.forEach((input) => (input.disabled = false)));
});
