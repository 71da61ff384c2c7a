// The steps a script can save at the desk. Every page works without this file, and the server decides everything again.
const say = document.body.dataset;
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, selector, handler) =>
  document.addEventListener(type, (event) => {
    const target = event.target.closest?.(selector);
    if (target) handler(target, event);
  });
const make = (tag, attributes) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

// Theme: the choice is a cookie, so that the server paints the right one at once.
on("click", "[data-theme-switch]", () => {
  const page = document.documentElement;
  const theme = page.dataset.bsTheme === "dark" ? "light" : "dark";
  page.dataset.bsTheme = theme;
  document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax`;
});

// Messages and the first error.
on("click", "[data-dismiss]", (button) => button.parentElement.remove());
document.querySelector("[data-focus]")?.focus();

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

// The menu of a row: rows in the same state share one template; without this script the link leads to the row's own page.
on("click", "a[data-menu]", (link, event) => {
  event.preventDefault();
  const menu = make("details", { class: "row-menu" });
  const summary = make("summary", { class: "btn", "aria-label": link.getAttribute("aria-label") });
  const box = make("div", {});
  summary.textContent = link.textContent;
  box.append(document.getElementById(link.dataset.menu).content.cloneNode(true));
  all("button", box).forEach((button) => (button.value += `:${link.getAttribute("href")}`));
  menu.append(summary, box);
  link.replaceWith(menu);
  menu.open = true;
  summary.focus();
});

// Rows chosen: the box of the page, ranges with Shift, the count, and "all that match".
const bulk = document.querySelector("[data-bulk]");
const table = document.querySelector("[data-rows]");
const boxes = table ? all('input[name="rowid"]', table) : [];
const pageBox = document.querySelector("[data-check-page]");
let lastBox = null;

function showChosen() {
  const whole = bulk.querySelector('input[name="scope"][value="query"]')?.checked ?? false;
  const chosen = boxes.filter((box) => box.checked).length;
  boxes.forEach((box) => box.closest("tr").classList.toggle("is-picked", box.checked));
  table.classList.toggle("is-all", whole);
  bulk.classList.toggle("is-idle", !chosen && !whole);
  all("[data-count]", bulk).forEach((element) => (element.textContent = chosen));
  if (!pageBox) return;
  pageBox.checked = boxes.length > 0 && chosen === boxes.length;
  pageBox.indeterminate = chosen > 0 && chosen < boxes.length;
}

function chooseRows(checked, among = boxes) {
  among.forEach((box) => (box.checked = checked));
  const rows = bulk.querySelector('input[name="scope"][value="rows"]');
  if (rows) rows.checked = true;
  showChosen();
}

if (bulk && table) {
  on("change", "[data-check-page]", (box) => chooseRows(box.checked));
  on("click", "[data-bulk-clear]", () => chooseRows(false));
  on("change", 'input[name="scope"]', showChosen);
  on("click", 'input[name="rowid"]', (box, event) => {
    const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((a, b) => a - b);
    chooseRows(box.checked, event.shiftKey && from >= 0 ? boxes.slice(from, to + 1) : [box]);
    lastBox = box;
  });
  addEventListener("pageshow", showChosen);
}

// Filter panel: a row appears when its field is chosen, and carries its operation's parameter name on its inputs.
const filterInputs = (row) => all(".filter-value input, .filter-value select", row).filter((input) => !input.matches("[role=combobox]"));
const showFilter = (row, shown) => {
  row.hidden = !shown;
  if (!shown) filterInputs(row).forEach((input) => (input.type === "checkbox" || input.type === "radio" ? (input.checked = false) : (input.value = "")));
};
const preparePanel = (panel) => {
  const rows = all("[data-filter]", panel);
  const few = rows.length <= 6;
  panel.querySelector(".filter-add").hidden = few;
  rows.forEach((row, place) => showFilter(row, few || place < 4));
};
all("[data-filters]").forEach(preparePanel);
on("change", "[data-filter-add]", (select) => {
  const row = select.form.querySelector(`[data-filter="${CSS.escape(select.value)}"]`);
  select.value = "";
  if (!row) return;
  select.closest(".filter-add").before(row);
  showFilter(row, true);
  row.querySelector(".filter-value input:not([type=hidden]), .filter-value select").focus();
});
on("click", "[data-filter-remove]", (button) => showFilter(button.closest("[data-filter]"), false));
on("change", "[data-filter-op]", (select) => filterInputs(select.closest("[data-filter]")).forEach((input) => (input.name = select.value)));
// Empty parameters stay out of the address.
on("submit", "form[method=get]", (form) => {
  const empty = [...form.elements].filter((input) => input.name && !input.value && !input.disabled);
  empty.forEach((input) => (input.disabled = true));
  setTimeout(() => empty.forEach((input) => (input.disabled = false)));
});

// Look-up fields: the input keeps name and value and is hidden; a combobox beside it asks `data-lookup-url` for [value, text] pairs.
class Lookup {
  constructor(field) {
    this.field = field;
    this.list = make("ul", { role: "listbox", class: "lookup-list", id: `${field.id}-list`, hidden: "" });
    this.box = field.cloneNode();
    for (const name of ["name", "data-lookup-url", "data-lookup-text"]) this.box.removeAttribute(name);
    this.box.classList.replace("form-control", "form-select");
    const aria = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off", type: "text" };
    for (const [name, value] of Object.entries(aria)) this.box.setAttribute(name, value);
    this.box.value = this.text = field.value && (field.dataset.lookupText || field.value);
    field.type = "hidden";
    field.required = false;
    field.id = `${field.id}-value`;
    const frame = make("div", { class: "lookup" });
    field.replaceWith(frame);
    frame.append(field, this.box, this.list);
    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => this.leave());
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      if (event.target.dataset.value !== undefined) this.choose(event.target);
    });
  }

  typed() {
    this.field.value = "";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), 200);
  }

  async ask() {
    this.request?.abort();
    this.request = new AbortController();
    const address = new URL(this.field.dataset.lookupUrl, location.href);
    address.searchParams.set("query", this.box.value.trim());
    try {
      const answer = await fetch(address, { signal: this.request.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.show([], say.sayFailed);
    }
  }

  show(pairs, sentence = say.sayNone) {
    const options = pairs.map(([value, text], index) => {
      const option = make("li", { role: "option", id: `${this.list.id}-${index}`, "aria-selected": "false", "data-value": value });
      option.textContent = text;
      return option;
    });
    if (!options.length) {
      options.push(make("li", { role: "option", "aria-disabled": "true" }));
      options[0].textContent = sentence;
    }
    this.list.replaceChildren(...options);
    this.open(true);
  }

  open(shown) {
    this.list.hidden = !shown;
    this.box.setAttribute("aria-expanded", String(shown));
    if (!shown) this.box.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const options = all("[data-value]", this.list);
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (this.list.hidden) this.ask();
      else if (options.length) this.mark(options, (at + step + options.length) % options.length);
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      if (at >= 0) this.choose(options[at]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.open(false);
    }
  }

  mark(options, at) {
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    options[at].scrollIntoView({ block: "nearest" });
    this.box.setAttribute("aria-activedescendant", options[at].id);
  }

  choose(option) {
    this.field.value = option.dataset.value;
    this.box.value = this.text = option.textContent;
    this.box.setCustomValidity("");
    this.open(false);
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // What was typed but not chosen is no value: say so instead of sending nothing.
  leave() {
    this.request?.abort();
    clearTimeout(this.timer);
    this.open(false);
    this.box.setCustomValidity(this.box.value.trim() && !this.field.value ? say.sayPick : "");
  }
}
all("[data-lookup-url]").forEach((field) => new Lookup(field));

// A long panel is no part of the page until its link is followed; here it is fetched and put in the link's place.
on("click", "a[data-panel]", async (link, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const panel = page?.querySelector(link.dataset.panel);
  if (!panel) return location.assign(link.href);
  link.replaceWith(panel);
  all("[data-filters]", panel).forEach(preparePanel);
  all("[data-lookup-url]", panel).forEach((field) => new Lookup(field));
  panel.querySelector("summary").focus();
});

// Typed confirmation: the button opens when the words are the same; the server compares them again.
for (const ask of all("[data-typed]")) {
  const input = ask.querySelector("input");
  const button = ask.closest("form").querySelector("[data-confirm]");
  const compare = () => (button.disabled = input.value.trim() !== ask.dataset.typed);
  input.addEventListener("input", compare);
  compare();
}

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
