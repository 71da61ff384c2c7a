// Days that people ask for in one step. The days are those of the fair, wherever the desk stands.
import { on } from "./dom.js";

const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date());
const earlier = (day, days) => new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);
const begins = { today: (day) => day, week: (day) => earlier(day, 6), month: (day) => `${day.slice(0, 8)}01` };

on("click", "[data-days]", (button) => {
  const row = button.closest("[data-filter]");
  const way = row.querySelector("[data-filter-op]");
  way.value = "range";
  way.dispatchEvent(new Event("change", { bubbles: true }));
  const [from, to] = row.querySelectorAll("input[type=date]");
  to.value = today();
  from.value = begins[button.dataset.days](to.value);
});
