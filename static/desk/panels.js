import { inserted, on } from "./dom.js";

// A long panel is no part of the page until its link is followed; here it is fetched and put in the link's place.
on("click", "a[data-panel]", async (link, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href, { headers: { "X-Part": "1" } }).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const panel = page?.querySelector(link.dataset.panel);
  if (!panel) return location.assign(link.href);
  link.replaceWith(panel);
  inserted(panel);
  panel.querySelector("summary").focus();
});
