// Small words for building the page. Text goes in as text: nothing here ever reads HTML.

export const byId = (id) => document.getElementById(id);

// An element with attributes and children; strings become text, empty children are left out.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat(3).filter((child) => child || child === 0));
  return node;
}

// Sets text only where it differs, so that screen readers are not told twice.
export function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

// What a person chose to see on this page; private windows may refuse to remember.
export function remembered(key, otherwise) {
  try {
    return localStorage.getItem(`als:${key}`) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`als:${key}`, value);
  } catch {
    // The page works without memory.
  }
}
