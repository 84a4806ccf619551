// The button that copies the BibTeX entry. Without access to the clipboard, the entry is selected for manual copying.

import { all, required } from "./dom.js";

export function startCitation() {
  for (const box of all(".bibtex", HTMLElement)) {
    const button = required("button", HTMLButtonElement, box);
    const entry = required("code", HTMLElement, box);
    const status = required("[role=status]", HTMLElement, box);
    button.hidden = false;
    button.addEventListener("click", async () => {
      getSelection()?.selectAllChildren(entry);
      try {
        await navigator.clipboard.writeText(entry.textContent ?? "");
        status.textContent = "Copied";
      } catch {
        status.textContent = document.execCommand("copy") ? "Copied" : "Selected";
      }
    });
  }
}
