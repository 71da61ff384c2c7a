import { all, make, on } from "./dom.js";

// The menu of a row: rows in the same state share one template; without this script the link leads to the row's own page.
on("click", "a[data-menu]", (link, event) => {
  event.preventDefault();
  const menu = make("details", { class: "row-menu" });
  const summary = make("summary", { class: "btn" });
  const box = make("div", {});
  summary.textContent = link.textContent;
  box.append(document.getElementById(link.dataset.menu).content.cloneNode(true));
  all("button", box).forEach((button) => (button.value += `:${link.getAttribute("href")}`));
  menu.append(summary, box);
  link.replaceWith(menu);
  menu.open = true;
  summary.focus();
});
