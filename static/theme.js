// Runs in the head, before the first paint: says that scripts are on and, where no choice is stored, follows the system's colours.
(() => {
  const page = document.documentElement;
  page.classList.add("js");
  if (page.dataset.bsTheme) return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => page.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  follow();
  dark.addEventListener("change", follow);
})();
