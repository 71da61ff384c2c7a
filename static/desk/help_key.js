// The key "?" opens the help of the page, unless somebody is typing or the page has keys of its own for it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
  const help = document.querySelector("a[data-help]");
  if (!help) return;
  event.preventDefault();
  help.click();
});
