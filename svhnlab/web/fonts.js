// The italic faces, which are loaded after the first paint.

import { element } from "./dom.js";
import { ASSETS } from "./load.js";

export function loadItalics() {
  document.head.append(element("link", { rel: "stylesheet", href: new URL("fonts-italic.css", ASSETS).href }));
}
