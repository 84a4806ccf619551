// Quarto does not store the theme on pages opened from disk.

import { all, storedPreference, storePreference } from "./dom.js";

export function startQuartoTheme() {
  const toggle = window.quartoToggleColorScheme;
  if (!toggle) return;
  const isDark = () => document.body.classList.contains("quarto-dark");
  const preference = storedPreference("svhnlab-theme");
  if (preference && (preference === "dark") !== isDark()) toggle();
  for (const button of all(".quarto-color-scheme-toggle", HTMLElement)) {
    button.addEventListener("click", () => storePreference("svhnlab-theme", isDark() ? "dark" : "light"));
  }
}
