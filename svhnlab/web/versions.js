// Selector of versions, and banner on old ones, for the pages of all versions. Each publication rewrites this script,
// preceded by the list of versions (svhnlab/publishing/selector.py).

import { element, first } from "./dom.js";

/**
 * @param {HTMLElement} line - the line for the version at the top of the page
 * @param {NonNullable<Window["svhnlabVersion"]>} current
 * @param {NonNullable<Window["svhnlabVersions"]>} list
 */
function showVersions(line, { version, page, root }, { versions, pages }) {
  const latest = versions[0].version;

  /**
   * Return the address of this page in another version, or of that version's first page if it lacks this one.
   * @param {string} wanted
   */
  const address = (wanted) => {
    const entry = versions.find((one) => one.version === wanted);
    const isKept = entry !== undefined && pages[entry.pages].includes(page);
    const folder = wanted === latest ? "" : `v/${wanted}/`;
    const path = (isKept ? page : "index.html").split("/").map(encodeURIComponent).join("/");
    return root + folder + path + (isKept ? location.hash : "");
  };

  // Keys change a closed select at every step, so a change must not leave the page.
  const select = element("select", {}, ...versions.map((one) => element("option", {
    value: one.version,
    textContent: one.version === latest ? `${one.version} (latest)` : one.version,
    selected: one.version === version,
  })));
  const button = element("button", { type: "submit" }, "Open");
  const form = element("form", { className: "version-choice" }, element("label", {}, "Version ", select), button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.href = address(select.value);
  });
  select.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || select.value === version) return;
    event.preventDefault();
    form.requestSubmit();
  });
  // After going back, a browser may restore the last choice.
  window.addEventListener("pageshow", () => { select.value = version; });

  /** @type {(before: string, after: string) => HTMLElement} */
  const changes = (before, after) => {
    const pair = `${encodeURIComponent(before)}..${encodeURIComponent(after)}`;
    return element("a", { href: `${root}changes.html#${pair}` }, "What changed");
  };
  const note = element("p", { className: "version-note" });
  const position = versions.findIndex((one) => one.version === version);
  if (position > 0) {
    line.classList.add("old");
    const link = element("a", {}, `Read this page in version ${latest}`);
    // The fragment may change after the page has loaded.
    const refresh = () => { link.href = address(latest); };
    for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, refresh);
    refresh();
    note.append(element("strong", {}, "Not the latest version."), " ", link, " · ", changes(version, latest));
  } else if (versions.length > 1) {
    note.append(changes(versions[1].version, version));
  }
  line.append(form, note);
  line.classList.add("ready");
}

const line = first(".version-line", HTMLElement);
if (line && window.svhnlabVersion && window.svhnlabVersions) {
  showVersions(line, window.svhnlabVersion, window.svhnlabVersions);
}
