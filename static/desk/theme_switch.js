import { on } from "./dom.js";

// Theme: the choice is a cookie, so that the server paints the right one at once.
on("click", "[data-theme-switch]", () => {
  const page = document.documentElement;
  const theme = page.dataset.bsTheme === "dark" ? "light" : "dark";
  page.dataset.bsTheme = theme;
  document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax`;
});
