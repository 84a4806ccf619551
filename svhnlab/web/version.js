// Loads the list of all versions. The version itself is written before this script (svhnlab/publishing/selector.py).
// The pages of a version never change, so the format of window.svhnlabVersion is fixed.

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const version = window.svhnlabVersion;
if (version) {
  version.root = script.dataset.root + version.root;
  version.page = script.dataset.page ?? "";
  const list = document.createElement("script");
  list.src = `${version.root}versions.js`;
  document.head.append(list);
}
