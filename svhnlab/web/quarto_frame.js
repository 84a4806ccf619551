// The frame of Quarto's pages: its buttons have no handlers in attributes (svhnlab/site/quarto/fix_pages.py), and Quarto
// does not store the theme on pages opened from disk.

import { all, storedPreference, storePreference } from "./dom.js";

export function startQuartoFrame() {
  for (const button of all('[data-bs-target=".quarto-sidebar-collapse-item"]', HTMLElement)) {
    button.addEventListener("click", () => window.quartoToggleHeadroom?.());
  }
  const toggle = window.quartoToggleColorScheme;
  if (!toggle) return;
  const isDark = () => document.body.classList.contains("quarto-dark");
  const preference = storedPreference("svhnlab-theme");
  if (preference && (preference === "dark") !== isDark()) toggle();
  for (const button of all(".quarto-color-scheme-toggle", HTMLElement)) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      toggle();
      storePreference("svhnlab-theme", isDark() ? "dark" : "light");
    });
  }
}
