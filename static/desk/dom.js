// What the modules share: the page's sentences, short ways to find, hear and make elements, and the hook for what is put in later.
export const say = document.body.dataset;
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
// Hears for all elements that match, whenever they came into the page.
export const on = (type, selector, handler) =>
  document.addEventListener(type, (event) => {
    const target = event.target.closest?.(selector);
    if (target) handler(target, event);
  });
export const make = (tag, attributes) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

// The page is updated in parts. What an element needs before it is used is done in onInsert(root => …): it runs at once for the whole
// document, and again with each part that comes later. Whoever puts a part in calls inserted(part).
const hooks = [];
export const onInsert = (prepare) => {
  hooks.push(prepare);
  prepare(document);
};
export const inserted = (root) => hooks.forEach((prepare) => prepare(root));
