import { all, make, onInsert, say } from "./dom.js";

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
onInsert((root) => all("[data-lookup-url]", root).forEach((field) => new Lookup(field)));
