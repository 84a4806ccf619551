// Shows one pair of versions, which is in the address. Without the script all pairs are listed.

import { all, required } from "./dom.js";

const from = required("#from", HTMLSelectElement);
const to = required("#to", HTMLSelectElement);
const status = required("#shown", HTMLElement);
const sections = all(".pair", HTMLElement);
const versions = [...to.options].map((option) => option.value); // latest first

/**
 * Show the changes between two versions, given in any order, and return the id of their section.
 * @param {string} one
 * @param {string} other
 */
function show(one, other) {
  const [before, after] = versions.indexOf(one) >= versions.indexOf(other) ? [one, other] : [other, one];
  from.value = before;
  to.value = after;
  const wanted = `${before}..${after}`;
  for (const section of sections) section.hidden = section.id !== wanted;
  status.textContent = before === after
    ? `Version ${before} was chosen twice: choose two versions to compare.`
    : `Shown: from version ${before} to version ${after}.`;
  status.classList.toggle("unseen", before !== after);
  return wanted;
}

/** Show the pair in the address, by default the latest two versions. */
function update() {
  let pair = "";
  try {
    pair = decodeURIComponent(location.hash.slice(1));
  } catch {
    // not a pair
  }
  const [one, other] = pair.split("..");
  if (versions.includes(one) && versions.includes(other)) show(one, other);
  else show(versions[1], versions[0]);
}

for (const select of [from, to]) {
  select.addEventListener("change", () => history.replaceState(null, "", `#${show(from.value, to.value)}`));
}
window.addEventListener("hashchange", update);
required(".choice", HTMLElement).hidden = false;
required(".pairs", HTMLElement).hidden = true;
update();
